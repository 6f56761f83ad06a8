import type { SourceFile } from '#src/engine/contract.ts';
import type { FunctionFacts } from '#src/engine/facts.ts';
import {
  checkInEach,
  isScript,
  names,
  newFile,
  pick,
  statement,
  type Attack,
  type Project,
} from './builders.ts';
import type { Dialect } from './dialects.ts';

/** A refusal that nothing leads to, by extension; `at` makes them differ. */
type Refusal = (name: string, at: number) => string;

function inEach(table: Record<string, Refusal>): Attack {
  return statement((dialect, fn, at) => table[languageOf(dialect)]?.(fn.name, at) ?? '');
}

/** Refusals of the first parameter in each third function. */
function inEachThird(table: Record<string, Refusal>): Attack {
  return checkInEach((dialect, fn, at) => {
    const name = ownParameter(fn);
    return name === '' || at % 3 !== 0 ? '' : (table[languageOf(dialect)]?.(name, at / 3) ?? '');
  });
}

const languageOf = (dialect: Dialect): string => (isScript(dialect) ? 'js' : dialect.extension);

function ownParameter({ parameters }: FunctionFacts): string {
  const name = parameters.find((one) => !/^(self|cls|this)$/.test(one.name))?.name ?? '';
  return /^\w+$/.test(name) ? name : '';
}

/** One function beside each, in script languages. */
function beside(make: (name: string) => string): Attack {
  return (project) =>
    newFile((dialect) => (isScript(dialect) ? names(project).map(make) : []), 'beside')(project);
}

const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** Renames each plain function and puts one of its old name before it. */
function behindOneLiners({ files, facts }: Project): SourceFile[] | null {
  const changed = files.map((file) => {
    const isSource = facts.some(({ path, role }) => path === file.path && role === 'source');
    if (!isSource || !/\.[cm]?[jt]s$/.test(file.path)) return file;
    const added: string[] = [];
    const content = file.content.replaceAll(
      /^(export )?(async )?function (\w+)\(([\w, ]*)\)/gm,
      (_, shared = '', waits = '', name: string, given: string) => {
        added.push(
          `${shared}${waits}function ${name}(${given}) {\n  return ${name}Core(${given});\n}`,
        );
        return `${waits}function ${name}Core(${given})`;
      },
    );
    return added.length === 0 ? file : { ...file, content: `${content}\n${added.join('\n\n')}\n` };
  });
  return changed.some((file, at) => file !== files[at]) ? changed : null;
}

/** Takes each class behind an interface that asks for what its public methods do, in a file of its own. */
function behindInterfaces({ files, facts }: Project): SourceFile[] | null {
  const added: SourceFile[] = [];
  const changed = files.map((file) => {
    const own = facts.find(({ path }) => path === file.path);
    const ending = interfaceEndings[own?.language ?? ''];
    if (own?.role !== 'source' || ending === undefined) return file;
    const lines = file.content.split('\n');
    let { content } = file;
    for (const { name, kind } of own.classes) {
      const methods = own.functions.filter(
        (fn) => fn.owner === name && fn.kind === 'method' && fn.public,
      );
      const head = new RegExp(`(class ${name}\\b(?:\\s+extends \\w+)?)(?=\\s*\\{)`);
      if (kind !== 'class' || methods.length === 0 || !head.test(content)) continue;
      content = content.replace(head, `$1 ${ending === 'cs' ? ':' : 'implements'} I${name}`);
      const asked = methods.map(({ startLine }) =>
        (lines[startLine - 1] ?? '').trim().replace(/\s*\{.*$|^public /g, ''),
      );
      added.push({
        path: file.path.replace(/[^/]+$/, `I${name}.${ending}`),
        content: `public interface I${name} {\n${asked.map((line) => `    ${line.replace(/^public /, '')};`).join('\n')}\n}\n`,
      });
    }
    return { ...file, content };
  });
  return added.length === 0 ? null : [...changed, ...added];
}

const interfaceEndings: Record<string, string> = { java: 'java', csharp: 'cs' };

/** Checks that always come out the same, and functions that add nothing to those that they call. */
export const hollowAttacks: Record<string, Attack> = {
  'a refusal of the clock in each function': inEach({
    js: (name) => `if (Date.now() < 0) throw new Error('${name} has no time');`,
    java: (name) =>
      `if (System.nanoTime() == 0) throw new IllegalStateException("${name} has no time");`,
    py: (name) => `if time.time() < 0: raise RuntimeError("${name} has no time")`,
    cs: (name) => `if (DateTime.Now.Year < 0) { throw new InvalidOperationException("${name}"); }`,
    go: (name) => `if time.Now().IsZero() { panic("${name} has no time") }`,
    php: (name) => `if (time() < 0) { throw new RuntimeException('${name}'); }`,
    rb: () => `raise 'no time' if Time.now.year < 0`,
    rs: (name) => `if std::mem::size_of::<u8>() == 0 { panic!("${name}"); }`,
    cpp: (name) => `if (std::time(nullptr) < 0) { throw std::runtime_error("${name}"); }`,
  }),
  'refusals that never happen, of many kinds': inEach({
    js: (_, at) =>
      pick(
        [
          "if (Math.PI > 4) throw new RangeError('round');",
          "if (process.uptime() < 0) throw new TypeError('not up');",
          "if (Math.random() > 1) throw new RangeError('chance');",
          "if (new Date().getFullYear() < 1970) throw new Error('past');",
          "if (String(1) !== '1') throw new TypeError('text');",
          "if (Number.MAX_SAFE_INTEGER < 1) throw new RangeError('small');",
        ],
        at,
      ),
    java: (_, at) =>
      pick(
        [
          'if (Math.PI > 4) throw new IllegalStateException("round");',
          'if (Math.random() > 1) throw new IllegalStateException("chance");',
          'if (Integer.MAX_VALUE < 1) throw new IllegalStateException("small");',
          'if (Runtime.getRuntime().availableProcessors() < 1) throw new IllegalStateException("cores");',
        ],
        at,
      ),
    py: (_, at) =>
      pick(
        [
          'if math.pi > 4: raise ValueError("round")',
          'if random.random() > 1: raise ValueError("chance")',
          'if sys.maxsize < 1: raise OverflowError("small")',
        ],
        at,
      ),
  }),
  'a refusal by a constant of its own in each function': inEach({
    js: (name, at) =>
      `const ready${at} = true; if (!ready${at}) throw new Error('${name} is not ready');`,
    java: (name, at) =>
      `boolean ready${at} = true; if (!ready${at}) throw new IllegalStateException("${name}");`,
    go: (name, at) => `ready${at} := true; if !ready${at} { panic("${name}") }`,
  }),
  'checks that no value fails in each third function': inEachThird({
    js: (name, at) =>
      pick(
        [
          `if (${name} < 0 && ${name} > 0) throw new RangeError('${name}');`,
          `if (${name} !== null && ${name}.length < 0) throw new RangeError('${name}');`,
          `if (${name} > 5 && ${name} < 3) throw new TypeError('${name}');`,
        ],
        at,
      ),
    java: (name, at) =>
      pick(
        [
          `if (${name} == null && ${name} != null) throw new IllegalArgumentException("${name}");`,
          `if (${name}.hashCode() < 0 && ${name}.hashCode() > 0) throw new IllegalArgumentException("${name}");`,
        ],
        at,
      ),
    py: (name) => `if ${name} is None and ${name} is not None: raise ValueError("${name}")`,
  }),
  'a limit by name in each third function': inEachThird({
    js: (name) => `if (${name}.length > MAX_LENGTH) throw new RangeError('${name} is too long');`,
    java: (name) =>
      `if (${name}.hashCode() > Limits.MAX_LENGTH) throw new IllegalArgumentException("${name}");`,
    py: (name) => `if len(${name}) > MAX_LENGTH: raise ValueError("${name} is too long")`,
  }),
  'a timeout beside each function': beside(
    (name) =>
      `export function ${name}WithTimeout(milliseconds, ...args) {\n  const late = new Promise((resolve, reject) => {\n    setTimeout(() => reject(new Error('${name} took too long')), milliseconds);\n  });\n  return Promise.race([${name}(...args), late]);\n}\n`,
  ),
  'a memory beside each function': beside(
    (name) =>
      `const ${name}Known = new Map();\nexport function cached${upper(name)}(key, ...args) {\n  if (${name}Known.has(key)) return ${name}Known.get(key);\n  const answer = ${name}(key, ...args);\n  ${name}Known.set(key, answer);\n  return answer;\n}\n`,
  ),
  'a table of all functions': (project) =>
    newFile(
      (dialect) =>
        isScript(dialect)
          ? [
              `export const table = {\n${names(project)
                .map((name) => `  ${name}: (...args) => ${name}(...args),`)
                .join('\n')}\n};\n`,
            ]
          : [],
      'table',
    )(project),
  'each function behind a one-liner': behindOneLiners,
  'each class behind an interface': behindInterfaces,
  'a file that gives out everything again': (project) => {
    const paths = project.facts
      .filter(({ role, path }) => role === 'source' && /\.[jt]s$/.test(path))
      .map(({ path }) => path);
    if (paths.length === 0) return null;
    const content = `${paths.map((path) => `export * from './${path}';`).join('\n')}\n`;
    return [...project.files, { path: 'everything.js', content }];
  },
  'a script that calls every function': (project) =>
    newFile(
      (dialect) =>
        isScript(dialect)
          ? [
              names(project)
                .map((name) => `console.log(${name}('abc', 2));`)
                .join('\n'),
            ]
          : [],
      'examples/usage',
    )(project),
  'the files of tools that nobody runs': ({ files }) => [
    ...files,
    {
      path: '.github/workflows/ci.yml',
      content:
        'name: ci\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make test\n',
    },
    { path: 'Dockerfile', content: 'FROM scratch\nCOPY . .\nCMD ["run"]\n' },
    { path: '.editorconfig', content: 'root = true\n' },
    { path: 'Makefile', content: 'test:\n\techo ok\n' },
  ],
};
