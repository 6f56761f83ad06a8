import assert from 'node:assert/strict';
import { metricOf, realEngine } from '#test/support/engine.ts';

/** `main` and `best` are the student's; `hold`, between them, was given. */
const race = (main: string, best: string): { path: string; content: string } => ({
  path: 'Race.java',
  content: `class Race {
    public static void main(String[] names) {
${main}
    }

    private static void hold(String[] names) {
        java.util.List<String> entered = new java.util.ArrayList<>();
        for (String name : names) {
            if (name.isEmpty()) {
                System.out.println("a runner has a name");
                continue;
            }
            entered.add(name.trim());
        }
        java.util.Collections.sort(entered);
        System.out.println(entered.size() + " runners: " + best(entered));
    }

    private static String best(java.util.List<String> entered) {
${best}
    }
}
`,
});

const given = race('        hold(names);', '        return "";');
const own = race(
  `        if (names.length == 0) {
            System.out.println("nobody runs");
            return;
        }
        for (int round = 0; round < names.length; round++) {
            hold(names);
        }`,
  `        String first = entered.get(0);
        for (String name : entered) {
            if (name.length() < first.length()) {
                first = name;
            }
        }
        return first;`,
);

describe('code that the student reaches through given code', () => {
  it('is used: it is read like any other', async () => {
    const run = await realEngine();
    const content = { files: [own], template_files: [given] };
    const { evidence } = metricOf(run(content), 'collaboration', 'readability');
    const read = evidence.filter(({ rule }) => rule === 'hard_to_read');
    const names = read.map(({ description }) => /`(\w+)`/.exec(description)?.[1]);
    assert.deepEqual(new Set(names), new Set(['best', 'main']));
  });
});

describe('given code', () => {
  it('is no work of the student, however small its functions are', async () => {
    const run = await realEngine();
    const box = (more: string): { path: string; content: string } => ({
      path: 'Box.java',
      content: `class Box {\n  private int size;\n  void pause(int millis) {\n    if (millis > 0) {\n      Thread.sleep(millis);\n    }\n  }\n  int size() {\n    return size;\n  }\n${more}}\n`,
    });
    const grow =
      '  public void grow(int by) {\n    if (by < 0) {\n      throw new IllegalArgumentException("by " + by);\n    }\n    size = size() + by;\n    pause(by);\n  }\n';
    const result = run({ files: [box(grow)], template_files: [box('')] });
    const { evidence } = metricOf(result, 'collaboration', 'readability');
    const read = evidence.filter(({ rule }) => rule === 'hard_to_read');
    assert.deepEqual(
      read.map(({ description }) => /`(\w+)`/.exec(description)?.[1]),
      ['grow'],
    );
  });
});
