import type { FunctionFacts } from '#src/engine/facts.ts';
import {
  around,
  checkInEach,
  isScript,
  mainFile,
  names,
  newFile,
  padding,
  paddingFile,
  pick,
  statement,
  testedPadding,
  testFile,
  type Attack,
} from './builders.ts';
import type { Dialect } from './dialects.ts';

/** Closing lines of a handler in one of two languages; null in others. */
function closing(script: string, java: string) {
  return (dialect: Dialect, { name }: FunctionFacts): string | null => {
    if (isScript(dialect)) return script.replaceAll('NAME', name);
    return dialect.extension === 'java' ? java.replaceAll('NAME', name) : null;
  };
}

const handlers = {
  logs: closing(
    "} catch (error) { console.error('NAME failed', error); throw error; }",
    '} catch (RuntimeException failure) { System.err.println("NAME failed"); throw failure; }',
  ),
  translates: closing(
    "} catch (error) { throw new TypeError('NAME could not be finished', { cause: error }); }",
    '} catch (NullPointerException failure) { throw new IllegalStateException("NAME could not be finished", failure); }',
  ),
  recovers: closing(
    '} catch (error) { if (error instanceof RangeError) return null; throw error; }',
    '} catch (IndexOutOfBoundsException failure) { failures.add(failure); throw failure; }',
  ),
  releases: closing(
    "} finally { console.debug('NAME is left'); }",
    '} finally { System.out.println("NAME is left"); }',
  ),
  decides: closing(
    "} catch (error) { switch (error.name) { case 'TypeError': throw new TypeError(`NAME: ${error.message}`); default: throw error; } }",
    '} catch (ClassCastException | ArithmeticException failure) { throw new IllegalArgumentException("NAME: " + failure.getMessage()); }',
  ),
};
const kinds = Object.values(handlers);

/** One test for each function, made without looking at what it does. */
function generatedTests(test: (name: string, index: number) => string): Attack {
  return testFile(({ file, dialect }, known) =>
    isScript(dialect)
      ? {
          path: `test/generated.test.${dialect.extension}`,
          content: `import * as subject from '../${file.path}';\n\n${known.map(test).join('\n')}\n`,
        }
      : null,
  );
}

/** Calls of padding, put where code that is used stands. */
function calledFrom(kind: 'guarded' | 'clean'): Attack {
  return (project) => {
    const main = mainFile(project);
    const files = paddingFile(kind, 12)(project);
    if (!main || !files || !isScript(main.dialect)) return null;
    const calls = padding.slice(0, 12).map(([name]) => `${name}('abc', 2);`);
    return statement((_, __, index) => (index === 0 ? calls.join(' ') : ''))({ ...project, files });
  };
}

/** Handlers of other shapes, generated tests, wrappers and padding that is called for nothing. */
export const codeAttacks: Record<string, Attack> = {
  'handlers that log and throw again': around(handlers.logs),
  'handlers that translate': around(handlers.translates),
  'handlers that give null': around(handlers.recovers),
  'blocks that only note the end': around(handlers.releases),
  'handlers that look at the name': around(handlers.decides),
  'handlers of shapes that take turns': around(
    (dialect, fn, index) => kinds[index % kinds.length]?.(dialect, fn) ?? null,
  ),
  'a guard of its first parameter in each function': checkInEach((dialect, fn) => {
    const name = fn.parameters[0]?.name ?? '';
    if (!isScript(dialect) || !/^\w+$/.test(name)) return '';
    return `if (${name} === undefined) throw new TypeError('${name} is missing');`;
  }),
  'guards that take turns in each function': checkInEach((dialect, fn, index) => {
    const name = fn.parameters.at(-1)?.name ?? '';
    if (!isScript(dialect) || !/^\w+$/.test(name)) return '';
    return pick(
      [
        `if (${name} === null) throw new TypeError('${name} is null');`,
        `if (${name} === '') throw new RangeError('${name} is empty');`,
        `if (typeof ${name} === 'symbol') return undefined;`,
        `if (Number.isNaN(${name})) throw new RangeError('${name} is no number');`,
      ],
      index,
    );
  }),
  'generated tests that something comes back': generatedTests(
    (name) =>
      `it('calls ${name}', () => {\n  const result = subject.${name}();\n  expect(result).not.toBeUndefined();\n});`,
  ),
  'generated tests that nothing is thrown': generatedTests(
    (name) =>
      `it('${name} runs', () => {\n  expect(() => subject.${name}('abc')).not.toThrow();\n});`,
  ),
  'generated tests that something is thrown': generatedTests(
    (name, index) =>
      `it('${name} refuses nonsense', () => {\n  expect(() => subject.${name}(${pick(['null', 'undefined', '-1', "''", 'NaN'], index)})).toThrow();\n});`,
  ),
  'generated tests that the same comes back twice': generatedTests(
    (name, index) =>
      `it('${name} is stable', () => {\n  expect(subject.${name}(${index})).toEqual(subject.${name}(${index}));\n});`,
  ),
  'generated snapshots': generatedTests(
    (name, index) =>
      `it('${name} matches', () => {\n  expect(subject.${name}('${name}', ${index})).toMatchSnapshot();\n});`,
  ),
  'a wrapper for each function': (project) =>
    newFile((dialect) =>
      isScript(dialect) || dialect.extension === 'py'
        ? names(project).map((name) => dialect.calls(`${name}Safely`, name))
        : [],
    )(project),
  'guarded padding that is called for nothing': calledFrom('guarded'),
  'clean padding that is called for nothing': calledFrom('clean'),
  'tests of padding that is handed in with them': testedPadding((known) =>
    known
      .map(
        (name, index) =>
          `it('${name} cuts', () => {\n  expect(subject.${name}('abcdef', ${index % 5})).toBe('${'abcdef'.slice(0, index % 5)}');\n});`,
      )
      .join('\n'),
  ),
};
