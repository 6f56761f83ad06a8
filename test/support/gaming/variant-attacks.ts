import { wordsOfName } from '#src/engine/words-of-name.ts';
import type { FileFacts, FunctionFacts } from '#src/engine/facts.ts';
import { docBlock, pick, readme, statement, type Attack } from './builders.ts';

const told = (name: string): string => wordsOfName(name).join(' ');
const plain = (list: readonly { name: string }[]): string =>
  [...new Set(list.map(({ name }) => told(name)))].slice(0, 3).join(' and ');

const does = ['Deals with', 'Is in charge of', 'Looks after', 'Takes on', 'Sees to'];
const steps = (fn: FunctionFacts): string => plain(fn.calls) || 'its own body';

/** As many as a README would tell of. */
const functionsIn = (facts: readonly FileFacts[]): FunctionFacts[] =>
  facts
    .filter(({ role }) => role === 'source')
    .flatMap(({ functions }) => functions)
    .filter(({ kind, trivial }) => kind !== 'closure' && !trivial)
    .slice(0, 40);

/** Further words for the same: names spelled out as words, and phrases in other turns. */
export const variantAttacks: Record<string, Attack> = {
  'a doc block per function with its names told in words': docBlock((fn, index) => [
    `${pick(does, index)} ${told(fn.name)} and relies on ${steps(fn)} to get there.`,
    ...fn.parameters.map(({ name }) => `@param ${name} the ${told(name)} to work with`),
    '@returns whatever came out in the end',
  ]),
  'a doc block per function in the manner of a manual': docBlock((fn) => [
    `Use this function to ${told(fn.name)}. It expects ${plain(fn.parameters) || 'no arguments'} and will not modify anything that was handed over.`,
    'See the rest of this file for related helpers.',
  ]),
  'a comment per function with its names told in words': statement(
    (dialect, fn) =>
      `${dialect.comment} We ${told(fn.name)} by means of ${steps(fn)} before moving on.`,
  ),
  'a README of names told in words': readme(
    (_, { facts }) =>
      `## How it works\n\n${functionsIn(facts)
        .map(
          (fn) =>
            `To ${told(fn.name)}, \`${fn.name}\` goes through ${steps(fn)}, so that nothing is done twice.`,
        )
        .join('\n\n')}`,
  ),
  'a README of names told in words, without the names': readme(
    (_, { facts }) =>
      `## How it works\n\n${functionsIn(facts)
        .map((fn) => `It can ${told(fn.name)} and for that it goes through ${steps(fn)}.`)
        .join('\n\n')}`,
  ),
  'a README of questions and answers': readme(
    (known) =>
      `## FAQ\n\n${known
        .slice(0, 12)
        .map(
          (name) =>
            `### What does \`${name}\` do?\n\nIt takes what it is given, does its job and hands the outcome to whoever asked, because every part should have one purpose.`,
        )
        .join('\n\n')}`,
  ),
  'a README of steps': readme(
    (known) =>
      `## Getting started\n\n${known
        .slice(0, 9)
        .map((name, index) => `${index + 1}. Call \`${name}\` and look at what comes back.`)
        .join(
          '\n',
        )}\n\n## Troubleshooting\n\nIf \`${known[0]}\` fails, check what went into \`${known[1]}\` first, since a wrong input leads to a wrong output.\n`,
  ),
  'a README of decisions that were never made': readme((known) => {
    const [first = '', second = '', third = ''] = known;
    return `## Decisions\n\nWe decided to keep \`${first}\` apart from \`${second}\`, because both have reasons of their own to change.\n\nAlthough a larger framework was an option, \`${third}\` is written by hand, since dependencies have a price.\n\nInstead of clever tricks, \`${second}\` prefers plain code so that newcomers find their way.\n`;
  }),
};
