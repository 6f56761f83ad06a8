/** The threat model in SECURITY.md: each line names tests that exist, or says that there is none. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

interface Line {
  text: string;
  tests: { file: string; titles: string[] }[];
}

/** Its bullets, with the files in code quotes and the titles that follow each in curly ones. */
function linesOf(document: string): Line[] {
  const bullets = document
    .split(/\n(?=- |#|\n)/)
    .map((text) => text.trim().replaceAll(/\s+/g, ' '))
    .filter((text) => text.startsWith('- '));
  return bullets.map((text) => {
    const [, ...parts] = text.split(/`(test\/[\w/-]+\.test\.ts)`: /);
    const tests: Line['tests'] = [];
    for (let at = 0; at < parts.length; at += 2) {
      const titles = [...(parts[at + 1] ?? '').matchAll(/“([^”]+)”/g)].map(([, name = '']) => name);
      tests.push({ file: parts[at] ?? '', titles });
    }
    return { text, tests };
  });
}

/** Of a source: what it calls its tests, `…` standing for whatever is put in. */
function titlesIn(source: string): Set<string> {
  const calls = source.matchAll(/\bit\(\s*(?:'((?:\\.|[^'\\])+)'|"([^"]+)"|`((?:\\.|[^`\\])+)`)/g);
  return new Set(
    [...calls].map(([, single, double, template]) =>
      (single ?? double ?? template ?? '')
        .replaceAll(/\$\{(?:[^{}'`]|'[^']*')*\}/g, '…')
        .replaceAll('\\', ''),
    ),
  );
}

function faultsOf(document: string): string[] {
  return linesOf(document).flatMap(({ text, tests }) => {
    if (tests.length === 0) return /\bnot tested\b/i.test(text) ? [] : [`no test: ${text}`];
    return tests.flatMap(({ file, titles }) => {
      if (!existsSync(file)) return [`no file ${file}`];
      if (titles.length === 0) return [`no test of ${file}`];
      const known = titlesIn(readFileSync(file, 'utf8'));
      return titles.filter((title) => !known.has(title)).map((title) => `${file}: ${title}`);
    });
  });
}

describe('the threat model', () => {
  const document = readFileSync('SECURITY.md', 'utf8');

  it('names tests that exist in every line, or says that there is none', () => {
    assert.ok(linesOf(document).length > 40);
    assert.deepEqual(faultsOf(document), []);
  });

  it('would be seen to name a file or a test that does not exist, or none', () => {
    const own = '`test/architecture/security.test.ts`';
    const bad = [
      '- **One**: done.',
      '- **Two**: done.\n  `test/none.test.ts`: “names tests”.',
      `- **Three**: ${own}: “names no such\n  test”.`,
      `- **Four**: ${own}: all of it.`,
      '- **Five**: not tested.',
    ].join('\n');
    assert.deepEqual(faultsOf(bad), [
      'no test: - **One**: done.',
      'no file test/none.test.ts',
      'test/architecture/security.test.ts: names no such test',
      'no test of test/architecture/security.test.ts',
    ]);
  });

  it('finds titles however they are written', () => {
    const source =
      "it(\n  'is its own', x); it(`is ${a ? 'b' : c} in ${d.e('}')}`, y); it(\"is 'so'\", z)";
    assert.deepEqual([...titlesIn(source)], ['is its own', 'is … in …', "is 'so'"]);
  });
});
