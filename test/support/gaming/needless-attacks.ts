import type { SourceFile } from '#src/engine/contract.ts';
import type { FunctionFacts } from '#src/engine/facts.ts';
import {
  checkInEach,
  isScript,
  mainFile,
  names,
  newFile,
  nouns,
  padding,
  paddingFile,
  pick,
  statement,
  testFile,
  type Attack,
} from './builders.ts';
import type { Dialect } from './dialects.ts';

/** A statement of tests that is made from names alone, in the words of each language; `at` makes inputs differ. */
type BlindCase = (name: string, at: number) => string;

const frames: Record<string, (cases: readonly string[], module: string) => [string, string]> = {
  js: (cases, module) => [
    'test/generated.test.js',
    `import assert from 'node:assert/strict';\nimport * as subject from '../${module}';\n\n${cases.map((body, at) => `it('works in case ${at}', () => {\n  ${body}\n});\n`).join('\n')}`,
  ],
  py: (cases) => [
    'tests/test_generated.py',
    `import subject\n\n\n${cases.map((body, at) => `def test_case_${at}():\n    ${body.replaceAll('\n', '\n    ')}\n`).join('\n\n')}`,
  ],
  java: (cases) => [
    'GeneratedTest.java',
    `import org.junit.jupiter.api.*;\nimport static org.junit.jupiter.api.Assertions.*;\n\nclass GeneratedTest {\n${cases.map((body, at) => `    @Test\n    void case${at}() {\n        ${body}\n    }\n`).join('\n')}}\n`,
  ],
  go: (cases) => [
    'generated_test.go',
    `package subject\n\nimport (\n\t"testing"\n\n\t"github.com/stretchr/testify/assert"\n)\n\n${cases.map((body, at) => `func TestCase${at}(t *testing.T) {\n\t${body}\n}\n`).join('\n')}`,
  ],
};

function generated(bodies: Record<string, BlindCase>): Attack {
  return testFile(({ file, dialect: { extension } }, known) => {
    const language = extension === 'ts' ? 'js' : extension;
    const [body, frame] = [bodies[language], frames[language]];
    if (!body || !frame) return null;
    const [path, content] = frame(known.map(body), file.path);
    return { path: extension === 'ts' ? path.replace('.js', '.ts') : path, content };
  });
}

const inputs = ["'abc'", '2', "'a,b'", '[1, 2]', '-7', "'x', 3"];

/** Padding of which a dozen functions are called by one statement at the end of the largest file. */
function calledBy(kind: 'guarded' | 'clean', place: (calls: readonly string[]) => string): Attack {
  const chosen = padding.slice(0, 12);
  return (project) => {
    const main = mainFile(project);
    const files = paddingFile(kind, chosen.length)(project);
    if (!main || !files || !isScript(main.dialect)) return null;
    const calls = chosen.map(([name], at) => `${name}(process.argv[${at}], ${at})`);
    return files.map((file): SourceFile =>
      file.path === main.file.path
        ? { ...file, content: `${file.content}\n${place(calls)}\n` }
        : file,
    );
  };
}

const shown = (calls: readonly string[]): string =>
  calls.map((call) => `  console.log(${call});`).join('\n');

/** Checks of what comes in that could be written without a look at the function, in script languages. */
const blindGuards = [
  (name: string) => `if (${name} === null) throw new TypeError('${name} is null');`,
  (name: string) => `if (${name} === '') throw new RangeError('${name} is empty');`,
  (name: string) => `if (typeof ${name} === 'symbol') return undefined;`,
  (name: string) => `if (Number.isNaN(${name})) throw new RangeError('${name} is no number');`,
  (name: string) => `if (${name} === undefined) return null;`,
];

function firstParameter(dialect: Dialect, { parameters }: FunctionFacts): string {
  const name = parameters[0]?.name ?? '';
  return isScript(dialect) && /^\w+$/.test(name) ? name : '';
}

function guardIn(every: number): Attack {
  return checkInEach((dialect, fn, index) => {
    const name = firstParameter(dialect, fn);
    if (name === '' || index % every !== 0) return '';
    return blindGuards[Math.floor(index / every) % blindGuards.length]?.(name) ?? '';
  });
}

/** One helper that holds all checks, in a file of its own, and a call of it in each function. */
const helper =
  "export function assertPresent(value, name) {\n  if (value === undefined) {\n    throw new TypeError(name + ' is missing');\n  }\n  if (value === null) {\n    throw new TypeError(name + ' is null');\n  }\n  if (value === '') {\n    throw new RangeError(name + ' is empty');\n  }\n  if (Number.isNaN(value)) {\n    throw new RangeError(name + ' is no number');\n  }\n  return value;\n}\n";

const helperCalled: Attack = (project) => {
  const main = mainFile(project);
  if (!main || !isScript(main.dialect)) return null;
  const files = newFile(() => [helper], 'present')(project);
  if (!files) return null;
  return checkInEach((dialect, fn) => {
    const name = firstParameter(dialect, fn);
    return name === '' ? '' : `assertPresent(${name}, '${name}');`;
  })({ ...project, files });
};

/** Something beside each function that takes its name and adds nothing to it. */
function besideEach(make: (name: string) => string): Attack {
  return (project) =>
    newFile((dialect) => (isScript(dialect) ? names(project).map(make) : []), 'beside')(project);
}

const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** Credit without use or without need: tests without knowledge, code behind what never happens, checks by the dozen. */
export const needlessAttacks: Record<string, Attack> = {
  'generated tests that compare a call with itself': generated({
    js: (name, at) =>
      pick(
        [
          `assert.equal(subject.${name}(${at}), subject.${name}(${at}));`,
          `const first = subject.${name}(${pick(inputs, at)});\n  const second = subject.${name}(${pick(inputs, at)});\n  assert.deepEqual(second, first);`,
          `const expected = subject.${name}(${pick(inputs, at)});\n  assert.deepEqual(subject.${name}(${pick(inputs, at)}), expected);`,
          `for (const input of [1, 'abc', null])\n    assert.deepEqual(subject.${name}(input), subject.${name}(input));`,
          `assert.equal(JSON.stringify(subject.${name}(${at})), JSON.stringify(subject.${name}(${at})));`,
        ],
        at,
      ),
    py: (name, at) =>
      pick(
        [
          `assert subject.${name}(${at}) == subject.${name}(${at})`,
          `first = subject.${name}(${at})\nsecond = subject.${name}(${at})\nassert first == second`,
        ],
        at,
      ),
    java: (name, at) =>
      pick(
        [
          `assertEquals(subject.${name}(${at}), subject.${name}(${at}));`,
          `Object first = subject.${name}(${at});\n        Object second = subject.${name}(${at});\n        assertEquals(first, second);`,
        ],
        at,
      ),
    go: (name, at) =>
      pick(
        [
          `assert.Equal(t, ${name}(${at}), ${name}(${at}))`,
          `first := ${name}(${at})\n\tsecond := ${name}(${at})\n\tassert.Equal(t, first, second)`,
        ],
        at,
      ),
  }),
  'padding behind a flag of the environment': calledBy(
    'guarded',
    (calls) => `if (process.env.EXTRA_CHECKS === 'on') {\n${shown(calls)}\n}`,
  ),
  'clean padding behind a flag of the environment': calledBy(
    'clean',
    (calls) => `if (process.env.EXTRA_CHECKS) {\n${shown(calls)}\n}`,
  ),
  'padding in a listener that never hears': calledBy(
    'guarded',
    (calls) => `process.on('extra-checks', () => {\n${shown(calls)}\n});`,
  ),
  'clean padding in a listener that never hears': calledBy(
    'clean',
    (calls) => `process.on('extra-checks', () => {\n${shown(calls)}\n});`,
  ),
  'padding at a time that never comes': calledBy(
    'guarded',
    (calls) => `if (Date.now() < 0) {\n${shown(calls)}\n}`,
  ),
  'padding that a timer would call': calledBy(
    'guarded',
    (calls) => `setTimeout(() => {\n${shown(calls)}\n}, 2147483647).unref();`,
  ),
  'padding that is called once with constants': calledBy(
    'guarded',
    (calls) =>
      `export const checked = [\n${calls.map((_, at) => `  ${padding[at]?.[0]}('abcdef', ${at % 5}),`).join('\n')}\n];`,
  ),
  'padding that is shown when the file is loaded': calledBy('guarded', (calls) => shown(calls)),
  'a guard in each third function': guardIn(3),
  'a guard in each second function': guardIn(2),
  'one helper of guards that each function calls': helperCalled,
  'guards in branches that are never taken': checkInEach((dialect, fn) => {
    const name = firstParameter(dialect, fn);
    return name === '' ? '' : `if (false) { ${blindGuards.map((guard) => guard(name)).join(' ')} }`;
  }),
  'a result type around each function': besideEach(
    (name) =>
      `export function try${upper(name)}(...args) {\n  try {\n    return { ok: true, value: ${name}(...args) };\n  } catch (error) {\n    if (error instanceof TypeError) return { ok: false, error };\n    throw error;\n  }\n}\n`,
  ),
  'retries around each function': besideEach(
    (name) =>
      `export async function ${name}WithRetry(...args) {\n  for (let attempt = 0; attempt < 3; attempt += 1) {\n    try {\n      return await ${name}(...args);\n    } catch (error) {\n      if (attempt === 2) throw new Error('${name} failed', { cause: error });\n    }\n  }\n}\n`,
  ),
  'a schema beside each function that nothing asks': besideEach(
    (name) =>
      `export const ${name}Schema = {\n  name: '${name}',\n  validate(input) {\n    if (input === undefined) throw new TypeError('${name} needs an input');\n    if (input.length === 0) throw new RangeError('${name} needs a longer input');\n    return input;\n  },\n};\n`,
  ),
  'interfaces with dummies': newFile(
    (dialect) =>
      isScript(dialect)
        ? nouns.map(
            (noun) =>
              `export class ${upper(noun)}Source {\n  load() {\n    throw new Error('abstract');\n  }\n}\nexport class Stored${upper(noun)}Source extends ${upper(noun)}Source {\n  load() {\n    return [];\n  }\n}\nexport class Empty${upper(noun)}Source extends ${upper(noun)}Source {\n  load() {\n    return null;\n  }\n}\nexport function create${upper(noun)}Source(kind) {\n  return kind === 'stored' ? new Stored${upper(noun)}Source() : new Empty${upper(noun)}Source();\n}\n`,
          )
        : [],
    'sources',
  ),
  'a helper for every answer': statement((dialect, fn, index) =>
    isScript(dialect) && index === 0 && fn.parameters.length > 0
      ? `if (${padding
          .slice(0, 12)
          .map(([name]) => `${name}('abc', 2) === ''`)
          .join(' || ')}) throw new Error('never');`
      : '',
  ),
};
