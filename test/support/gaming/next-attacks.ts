import type { FunctionFacts } from '#src/engine/facts.ts';
import {
  docBlock,
  newFile,
  padding,
  pick,
  readme,
  statement,
  testedPadding,
  type Attack,
} from './builders.ts';

/** Words that no list of empty words has, and that are not of the code either. */
const rare = {
  does: ['shepherds', 'curates', 'marshals', 'stewards', 'orchestrates', 'harmonises', 'ferries'],
  thing: ['endeavour', 'choreography', 'undertaking', 'procession', 'voyage', 'ritual'],
  why: [
    'because serenity matters',
    'so that harmony prevails',
    'since elegance endures',
    'because balance triumphs',
    'so that tranquillity reigns',
  ],
};

/** What the body of a function names, which a reader sees there. */
function body({ calls, mentions }: FunctionFacts): string {
  const own = [...calls.map(({ name }) => name), ...mentions].filter((name) => name.length > 2);
  return [...new Set(own)].slice(0, 4).join(' and ') || 'its parameters';
}

/** What someone would try who knows that words are counted, shapes compared and uses followed. */
export const nextAttacks: Record<string, Attack> = {
  'guards of many shapes that nobody calls': newFile((dialect) =>
    padding.slice(0, 12).flatMap(([name, noun], index) => {
      const [guarded, reads, calls] = [
        dialect.guarded(`${name}First`, noun),
        dialect.reads(`${name}Second`, noun),
        dialect.calls(`${name}Third`, `${name}First`),
      ];
      return index % 3 === 0 ? [guarded, calls] : index % 3 === 1 ? [reads] : [guarded];
    }),
  ),
  'a doc block per function in rare words': docBlock((fn, index) => [
    `This ${pick(rare.does, index)} the ${fn.name} ${pick(rare.thing, index)} ${pick(rare.why, index)}.`,
  ]),
  'a doc block per function from the names in its body': docBlock((fn) => [
    `Works on ${body(fn)} because ${body(fn)} would fail otherwise.`,
  ]),
  'a comment per function that restates its body': statement(
    (dialect, fn) =>
      `${dialect.comment} Here ${body(fn)} are used, because otherwise ${fn.name} would not work.`,
  ),
  'a README of sentences from the names in the bodies': readme((_, { facts }) => {
    const known = facts
      .filter(({ role }) => role === 'source')
      .flatMap(({ functions }) => functions)
      .filter(({ kind, trivial }) => kind !== 'closure' && !trivial);
    return `## Design\n\n${known
      .slice(0, 40)
      .map((fn) => `\`${fn.name}\` uses ${body(fn)} instead of a copy, because errors are avoided.`)
      .join('\n\n')}`;
  }),
  'a README of template sentences in rare words': readme(
    (known) =>
      `## Design\n\n${known.map((name, index) => `\`${name}\` ${pick(rare.does, index)} its ${pick(rare.thing, index)} ${pick(rare.why, index)}.`).join('\n\n')}`,
  ),
  'a README with the sections of every README and nothing of the code': readme(
    () =>
      '# Overview\n\nThis project solves the task that was given. It was written with care and it can be read by anyone.\n\n## Layout\n\nThe code is in one folder, and every file holds one part of the work.\n\n## Limitations\n\nSome inputs are not covered yet, because there was no time.\n\n## Contributing\n\nChanges are welcome, if they come with a reason.\n',
  ),
  'dead guards that a test which is left out calls': testedPadding((known) => {
    const calls = known.map((name) => `  expect(subject.${name}('abc', 2)).toBe('ab');`).join('\n');
    return `it.skip('works', () => {\n${calls}\n});\n\nif (false) {\n  it('works, too', () => {\n${calls}\n  });\n}`;
  }),
};
