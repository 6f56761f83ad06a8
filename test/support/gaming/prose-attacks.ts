import type { FunctionFacts } from '#src/engine/facts.ts';
import { docBlock, pick, readme, statement, type Attack, type Project } from './builders.ts';

/** Words that no code here has. */
export const dictionary =
  'anvil lantern meadow harbour velvet thicket orchard cobalt pillar saffron glacier tundra quartz barley chisel ember falcon gondola hamlet ivory jasmine kettle lagoon marble nectar obelisk parchment quiver rafter sapphire timber urchin vestry walnut yonder zephyr bramble cinder drizzle estuary'.split(
    ' ',
  );
const verbs =
  'polishes gathers weighs carries mends trims folds scatters lifts steers borrows kindles anchors braids carves dusts grinds hoists quenches ripens'.split(
    ' ',
  );

/** Words that follow no order that a reader would see; the same on each run. */
function word(list: readonly string[], seed: number): string {
  return pick(list, (Math.imul(seed + 1, 2_654_435_761) >>> 7) % list.length);
}

const noun = (seed: number): string => word(dictionary, seed);
const verb = (seed: number): string => word(verbs, seed + 31);

const frames: ((name: string, seed: number) => string)[] = [
  (name, seed) =>
    `When the ${noun(seed)} of \`${name}\` ${verb(seed)} a ${noun(seed + 1)}, every ${noun(seed + 2)} ${verb(seed + 2)} the ${noun(seed + 3)} instead of the ${noun(seed + 4)}.`,
  (name, seed) =>
    `\`${name}\` ${verb(seed)} one ${noun(seed + 5)} at a time, because a ${noun(seed + 6)} that ${verb(seed + 1)} alone would break the ${noun(seed + 7)}.`,
  (name, seed) =>
    `We preferred a ${noun(seed + 8)} to a ${noun(seed + 9)} in \`${name}\`, so that the ${noun(seed + 10)} never ${verb(seed + 3)} its ${noun(seed + 11)}.`,
  (name, seed) =>
    `Although a ${noun(seed + 12)} is faster than a ${noun(seed + 13)}, \`${name}\` ${verb(seed + 4)} the ${noun(seed + 14)} since it must not fail on an empty ${noun(seed + 15)}.`,
  (name, seed) =>
    `Without \`${name}\` the ${noun(seed + 16)} ${verb(seed + 5)} into a ${noun(seed + 17)}, which means that the ${noun(seed + 18)} returns a wrong ${noun(seed + 19)}.`,
];
const sentence = (name: string, index: number): string =>
  (frames[index % frames.length] ?? frames[0])?.(name, index * 23) ?? '';

const paraphrases: ((name: string) => string)[] = [
  (name) => `\`${name}\` was split off from its callers, because its rules change more often.`,
  (name) => `Keeping \`${name}\` small makes it easy to replace when requirements move.`,
  (name) => `Rather than repeat the same steps, callers go through \`${name}\`.`,
  (name) => `If its input is malformed, \`${name}\` stops early so that nothing half done remains.`,
  (name) =>
    `We considered a library in place of \`${name}\`, but it would bring more than we need.`,
  (name) => `\`${name}\` does not cache, since stale answers are worse than slow ones.`,
  (name) => `A missing value reaches \`${name}\` first, therefore it checks before it computes.`,
  (name) => `The order of calls matters to \`${name}\`: earlier results feed later ones.`,
];

const phrase = (index: number): ((name: string) => string) =>
  paraphrases[(index * 3) % paraphrases.length] ?? ((name) => name);

const docs: ((fn: FunctionFacts) => string[])[] = [
  ({ name }) => [`Keeps the rules of ${name} in one place, so that callers need not know them.`],
  ({ name }) => [`Entry to ${name}; stops early when its input is malformed.`],
  ({ name }) => [`Does what ${name} promises without touching anything else of its surroundings.`],
  ({ name }) => [`Returns what ${name} found, or nothing when there was nothing to find.`],
  ({ name }) => [`Split off because ${name} changes more often than its neighbours.`],
];

function parameters({ parameters: list }: FunctionFacts, index: number): string[] {
  const said = [
    'what the caller hands in',
    'must be present when called',
    'read only, never kept',
    'decides how far the work goes',
  ];
  return list.map(({ name }, at) => `@param ${name} ${pick(said, index + at)}`);
}

/** What calls what, told as reasons that a template makes of it. */
function callSentences({ facts }: Project): string {
  const known = facts
    .filter(({ role }) => role === 'source')
    .flatMap(({ functions }) => functions)
    .filter(({ kind, calls }) => kind !== 'closure' && calls.length > 0);
  return known
    .slice(0, 40)
    .map(
      ({ name, calls }, index) =>
        `${pick(['Because', 'Since', 'As'], index)} \`${name}\` calls \`${calls[0]?.name ?? ''}\`, a failing \`${calls.at(-1)?.name ?? ''}\` breaks \`${name}\` as well, which ${pick(['callers', 'users', 'readers'], index)} have to expect.`,
    )
    .join('\n\n');
}

const source = ({ facts }: Project): string[] =>
  facts.filter(({ role }) => role === 'source').map(({ path }) => path);

/** Prose that is made from the names in the code and words from elsewhere. */
export const proseAttacks: Record<string, Attack> = {
  'a README of sentences with words from a dictionary': readme(
    (known) => `## Design\n\n${known.map(sentence).join('\n\n')}`,
  ),
  'a README of one paragraph with words from a dictionary': readme(
    (known) => `## Design\n\n${known.map(sentence).join(' ')}`,
  ),
  'a README of paraphrased sentences': readme(
    (known) => `## Design\n\n${known.map((name, index) => phrase(index)(name)).join('\n\n')}`,
  ),
  'a README of a few paraphrased sentences': readme(
    (known) =>
      `## Decisions\n\n${paraphrases.map((frame, index) => frame(pick(known, index))).join(' ')}`,
  ),
  'a README of sections that name files': readme((known, project) => {
    const files = source(project).map((path) => `\`${path}\``);
    const say = (heading: string, text: string): string => `## ${heading}\n\n${text}\n`;
    return [
      say(
        'Overview',
        `The project lives in ${files.slice(0, 3).join(', ')} and is read from there.`,
      ),
      say(
        'Installation',
        `Copy ${files[0]} and import \`${known[0]}\` or \`${known[1]}\` from it.`,
      ),
      say('Usage', `Call \`${known[0]}\` and after that \`${known[1]}\` as you need them.`),
      say('Tests', `The functions \`${known[1]}\` and \`${known[2]}\` can be tested one by one.`),
      say(
        'Configuration',
        `There is nothing to configure for \`${known[0]}\` and \`${known[2]}\`.`,
      ),
      say('Layout', `Everything is in ${files.join(', ')} from the first line to the last.`),
      say('Contributing', `Changes of \`${known[0]}\` and \`${known[1]}\` are welcome any time.`),
    ].join('\n');
  }),
  'a README of examples that call each function': readme(
    (known) =>
      `## Usage\n\n${known
        .slice(0, 12)
        .map((name) => `\`\`\`js\nconst result = ${name}(1, 2);\nconsole.log(result);\n\`\`\`\n`)
        .join('\n')}`,
  ),
  'a README of made-up figures': readme(
    (known) =>
      `## Performance\n\n${known
        .map(
          (name, index) =>
            `\`${name}\` needs ${(index * 7) % 90} ms for ${(index + 3) * 110} rows, which is ${(index % 5) + 2} times faster than before.`,
        )
        .join('\n\n')}`,
  ),
  'a README of what calls what': readme((_, project) => `## Design\n\n${callSentences(project)}`),
  'a README of points per function': readme(
    (known) =>
      `## Functions\n\n${known.map((name, index) => `- \`${name}\`: the ${noun(index)} that ${verb(index)} the ${noun(index + 7)} for its callers`).join('\n')}`,
  ),
  'a README of worked cases': readme(
    (known) =>
      `## Examples\n\n${known.map((name, index) => `For example, given an empty ${noun(index)}, \`${name}\` fails, and as a result the ${noun(index + 3)} returns to its ${noun(index + 5)}.`).join('\n\n')}`,
  ),
  'a doc block per function with words from a dictionary': docBlock((fn, index) => [
    sentence(fn.name, index).replaceAll('`', ''),
    `@returns the ${noun(index + 40)} of the ${noun(index + 41)}`,
  ]),
  'a paraphrased doc block per function': docBlock((fn, index) => [
    ...(docs[(index * 2) % docs.length]?.(fn) ?? []),
    ...parameters(fn, index),
  ]),
  'a doc block per function from its parameters and calls': docBlock((fn) => [
    `Takes ${fn.parameters.map(({ name }) => name).join(', ') || 'nothing'} and goes through ${[...new Set(fn.calls.map(({ name }) => name))].slice(0, 3).join(', ') || 'its body'} in ${fn.statements} steps.`,
    ...parameters(fn, fn.statements),
    '@returns the value that these steps lead to',
  ]),
  'a reason per function with words from a dictionary': statement(
    (dialect, fn, index) => `${dialect.comment} ${sentence(fn.name, index)}`,
  ),
  'a paraphrased reason per function': statement(
    (dialect, fn, index) => `${dialect.comment} ${phrase(index)(fn.name)}`,
  ),
};
