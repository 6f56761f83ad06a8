import type { FunctionFacts } from '#src/engine/facts.ts';
import {
  checkInEach,
  mainFile,
  newFile,
  padding,
  paddingFile,
  pick,
  statement,
  testFile,
  type Attack,
} from './builders.ts';
import type { Dialect } from './dialects.ts';

/** Statements that refuse a missing first parameter, by extension; none where the language can't say so. */
const refusals: Record<string, (name: string) => string> = {
  js: (name) => `if (${name} == null) { throw new Error('${name} is required'); }`,
  ts: (name) => `if (${name} == null) { throw new Error('${name} is required'); }`,
  java: (name) => `java.util.Objects.requireNonNull(${name}, "${name} is required");`,
  cs: (name) => `ArgumentNullException.ThrowIfNull(${name});`,
  go: (name) => `if ${name} == nil { panic("${name} is required") }`,
  php: (name) => `if ($${name} === null) { throw new InvalidArgumentException('${name}'); }`,
  rb: (name) => `raise ArgumentError, '${name}' if ${name}.nil?`,
};

/** In Python a check stands on lines of its own. */
function refusal(dialect: Dialect, { parameters }: FunctionFacts): string {
  const name = parameters.find((one) => !/^(self|cls|this)$/.test(one.name))?.name ?? '';
  if (!/^\w+$/.test(name)) return '';
  if (dialect.extension === 'py') return `assert ${name} is not None, "${name} is required"`;
  return refusals[dialect.extension]?.(name) ?? '';
}

/** Tests of each function that could be written without a look at it, in languages with their own words for that. */
const blindTests: Record<string, (names: readonly string[], module: string) => [string, string]> = {
  py: (all) => [
    'tests/test_blind.py',
    `import pytest\n\nimport subject\n\n\n${all.map((name) => `def test_${name}_refuses():\n    with pytest.raises(Exception):\n        subject.${name}(None)\n`).join('\n\n')}`,
  ],
  java: (all) => [
    'BlindTest.java',
    `import org.junit.jupiter.api.*;\nimport static org.junit.jupiter.api.Assertions.*;\n\nclass BlindTest {\n${all.map((name, at) => `    @Test\n    void refuses${at}() {\n        assertThrows(Exception.class, () -> subject.${name}(null));\n    }\n`).join('\n')}}\n`,
  ],
  go: (all) => [
    'blind_test.go',
    `package subject\n\nimport (\n\t"testing"\n\n\t"github.com/stretchr/testify/assert"\n)\n\n${all.map((name, at) => `func TestBlind${at}(t *testing.T) {\n\tassert.Panics(t, func() { ${name}(nil) })\n}\n`).join('\n')}`,
  ],
  js: (all, module) => [
    'test/blind.test.js',
    `import * as subject from '../${module}';\n\n${all.map((name) => `test('${name} refuses', () => {\n  assert.throws(() => subject.${name}(undefined));\n});\n`).join('\n')}`,
  ],
};

/** A call whose answer is kept in a variable that nothing reads. */
const kept: Record<string, (call: string, at: number) => string> = {
  js: (call, at) => `const checked${at} = ${call};`,
  ts: (call, at) => `const checked${at} = ${call};`,
  java: (call, at) => `Object checked${at} = Padding.${call};`,
  cs: (call, at) => `var checked${at} = Padding.${call};`,
  go: (call) => `_ = ${call}`,
  py: (call, at) => `checked${at} = ${call}`,
  rs: (call) => `let _ = ${call};`,
  cpp: (call, at) => `auto checked${at} = ${call};`,
  rb: (call, at) => `checked${at} = ${call}`,
};

/** The name as the language spells it: the first name in a padding function of the dialect. */
function spelled(dialect: Dialect, name: string): string {
  const text = dialect.clean(name, 'value');
  const pattern = new RegExp(
    name.replaceAll(/[A-Z]/g, (letter) => `_?${letter}`),
    'i',
  );
  return pattern.exec(text)?.[0] ?? name;
}

const callsOfPadding: Attack = (project) => {
  const main = mainFile(project);
  const chosen = padding.slice(0, 8);
  const files = paddingFile('guarded', chosen.length)(project);
  if (!main || !kept[main.dialect.extension] || !files) return null;
  return statement((dialect, _, index) => {
    const [name = ''] = chosen[index % chosen.length] ?? [];
    return kept[dialect.extension]?.(`${spelled(dialect, name)}("abc", 2)`, index) ?? '';
  })({ ...project, files });
};

/** Attacks in the words of each language, Java, Python and Go among them. */
export const languageAttacks: Record<string, Attack> = {
  'a refusal in each function, in the words of its language': checkInEach(refusal),
  'tests that any error meets, in the words of each language': testFile(
    ({ file, dialect: { extension } }, known) => {
      const make = blindTests[extension === 'ts' ? 'js' : extension];
      if (!make) return null;
      const [path, content] = make(known, file.path);
      return { path, content };
    },
  ),
  'padding whose answers are kept in variables that nothing reads': callsOfPadding,
  'a second name for each function, with its parameters': (project) => {
    const known = project.facts
      .filter(({ role }) => role === 'source')
      .flatMap(({ functions }) => functions)
      .filter(({ kind, trivial, name }) => kind !== 'closure' && !trivial && /^\w+$/.test(name))
      .slice(0, 40);
    return newFile((dialect) => known.map(({ name }) => dialect.calls(`${name}Checked`, name)))(
      project,
    );
  },
  'a comment per step that says what its names say': statement(
    (dialect, fn, index) =>
      `${dialect.comment} ${pick(['First', 'Here', 'Now', 'Then'], index)} ${fn.parameters.map(({ name }) => name).join(' and ') || fn.name} ${pick(['is prepared', 'gets its place', 'is looked at', 'is put together'], index)} for ${[...new Set(fn.calls.map(({ name }) => name))].slice(0, 2).join(' and ') || 'what follows'}.`,
  ),
};
