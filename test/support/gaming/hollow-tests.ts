import { isScript, pick, testFile, type Attack } from './builders.ts';

/** A statement of tests that no answer of the code can fail, made from names alone; `at` makes inputs differ. */
type HollowCase = (name: string, at: number) => string;

const indented = (body: string, by: string): string => body.replaceAll('\n', `\n${by}`);

const frames: Record<string, (cases: readonly string[], module: string) => [string, string]> = {
  js: (cases, module) => [
    'test/hollow.test.js',
    `import assert from 'node:assert/strict';\nimport * as subject from '../${module}';\n\n${cases.map((body, at) => `it('works in case ${at}', () => {\n  ${indented(body, '  ')}\n});\n`).join('\n')}`,
  ],
  py: (cases) => [
    'tests/test_hollow.py',
    `import subject\n\n\n${cases.map((body, at) => `def test_case_${at}():\n    ${indented(body, '    ')}\n`).join('\n\n')}`,
  ],
  java: (cases) => [
    'HollowTest.java',
    `import org.junit.jupiter.api.*;\nimport static org.junit.jupiter.api.Assertions.*;\n\nclass HollowTest {\n${cases.map((body, at) => `    @Test\n    void case${at}() {\n        ${indented(body, '        ')}\n    }\n`).join('\n')}}\n`,
  ],
  go: (cases) => [
    'hollow_test.go',
    `package subject\n\nimport (\n\t"testing"\n\n\t"github.com/stretchr/testify/assert"\n)\n\n${cases.map((body, at) => `func TestCase${at}(t *testing.T) {\n\t${indented(body, '\t')}\n}\n`).join('\n')}`,
  ],
};

function hollow(bodies: Record<string, HollowCase>): Attack {
  return testFile(({ file, dialect }, known) => {
    const language = isScript(dialect) ? 'js' : dialect.extension;
    const [body, frame] = [bodies[language], frames[language]];
    if (!body || !frame) return null;
    const [path, content] = frame(known.map(body), file.path);
    return { path: dialect.extension === 'ts' ? path.replace(/js$/, 'ts') : path, content };
  });
}

/** Tests that assert, call the code and can't fail by what it answers. */
export const hollowTests: Record<string, Attack> = {
  'tests of answers against themselves under other names': hollow({
    js: (name, at) =>
      pick(
        [
          `const run = subject.${name};\nconst golden = run(${at});\nassert.deepEqual(subject.${name}(${at}), golden);`,
          `const { ${name} } = subject;\nconst golden = ${name}(${at});\nassert.equal(subject.${name}(${at}), golden);`,
        ],
        at,
      ),
    py: (name, at) =>
      `run = subject.${name}\ngolden = run(${at})\nassert subject.${name}(${at}) == golden`,
    java: (name, at) =>
      `Object golden = subject.${name}(${at});\nObject actual = subject.${name}(${at});\nassertTrue(golden.equals(actual));`,
    go: (name, at) =>
      `golden := ${name}(${at})\nactual := ${name}(${at})\nif golden != actual {\n\tt.Fatal("differs")\n}`,
  }),
  'tests that any answer passes': hollow({
    js: (name, at) =>
      pick(
        [
          `const result = subject.${name}(${at});\nassert.ok(result === undefined || result !== undefined);`,
          `assert.ok(subject.${name}(${at}) || true);`,
          `assert.equal([subject.${name}(${at})].length, 1);`,
          `assert.ok([true, false].includes(subject.${name}(${at}) === 1));`,
        ],
        at,
      ),
    py: (name, at) =>
      pick(
        [
          `result = subject.${name}(${at})\nassert result is None or result is not None`,
          `assert subject.${name}(${at}) or True`,
          `assert len([subject.${name}(${at})]) == 1`,
          `assert bool(subject.${name}(${at})) in (True, False)`,
        ],
        at,
      ),
    java: (name, at) =>
      pick(
        [
          `Object result = subject.${name}(${at});\nassertTrue(result == null || result != null);`,
          `assertEquals(1, java.util.List.of(subject.${name}(${at})).size());`,
        ],
        at,
      ),
    go: (name, at) =>
      pick(
        [
          `result := ${name}(${at})\nassert.True(t, result == nil || result != nil)`,
          `assert.Equal(t, 1, len([]any{${name}(${at})}))`,
        ],
        at,
      ),
  }),
  'tests whose failure is caught': hollow({
    js: (name, at) =>
      `try {\n  assert.equal(subject.${name}(${at}), ${at + 1});\n} catch {\n  // fine\n}`,
    py: (name, at) =>
      `try:\n    assert subject.${name}(${at}) == ${at + 1}\nexcept Exception:\n    pass`,
    java: (name, at) =>
      `try {\n    assertEquals(${at + 1}, subject.${name}(${at}));\n} catch (Throwable ignored) {\n}`,
  }),
  'tests that end where they would fail': hollow({
    js: (name, at) =>
      `const result = subject.${name}(${at});\nif (result !== ${at + 1}) return;\nassert.equal(result, ${at + 1});`,
    py: (name, at) =>
      `result = subject.${name}(${at})\nif result != ${at + 1}:\n    return\nassert result == ${at + 1}`,
    java: (name, at) =>
      `Object result = subject.${name}(${at});\nif (!java.util.Objects.equals(result, ${at + 1})) return;\nassertEquals(${at + 1}, result);`,
    go: (name, at) =>
      `result := ${name}(${at})\nif result != ${at + 1} {\n\treturn\n}\nassert.Equal(t, ${at + 1}, result)`,
  }),
  'tests that are never reached': hollow({
    js: (name, at) =>
      pick(
        [
          `for (const input of []) assert.equal(subject.${name}(input), ${at});`,
          `[].forEach((input) => {\n  assert.equal(subject.${name}(input), ${at});\n});`,
          `while (false) assert.equal(subject.${name}(${at}), 3);`,
          `return;\nassert.equal(subject.${name}(${at}), 3);`,
        ],
        at,
      ),
    py: (name, at) =>
      pick(
        [
          `for value in []:\n    assert subject.${name}(value) == ${at}`,
          `return\nassert subject.${name}(${at}) == ${at}`,
        ],
        at,
      ),
  }),
};
