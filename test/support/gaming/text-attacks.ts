import type { FileFacts } from '#src/engine/facts.ts';
import { wordsOfName } from '#src/engine/words-of-name.ts';
import { dictionary } from './prose-attacks.ts';
import { docBlock, pick, readme, statement, type Attack, type Project } from './builders.ts';

/** Numbers from 0 to 1 in an order that nobody sees; the same on each run. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Random = ReturnType<typeof chances>;

const among = (list: readonly string[], random: Random): string =>
  pick(list, Math.floor(random() * list.length));
const times = (count: number, make: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => make(index));
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Every word of the names and texts in the code, once. */
const wordsOfCode = (project: Project): string[] => [...new Set(allWordsOfCode(project))];

/** Every word of the names and texts in the code, as often as it is there; none where there are hardly any. */
function allWordsOfCode({ files, facts }: Project): string[] {
  const paths = new Set(facts.filter(({ role }) => role === 'source').map(({ path }) => path));
  const text = files.filter(({ path }) => paths.has(path)).map(({ content }) => content);
  const names = text.join('\n').match(/[A-Za-z_]{3,40}/g) ?? [];
  const words = names.flatMap(wordsOfName).filter((word) => /^[a-z]{3,}$/.test(word));
  return words.length < 20 ? [] : words;
}

const functionsOf = ({ facts }: Project): FileFacts['functions'] =>
  facts
    .filter(({ role }) => role === 'source')
    .flatMap(({ functions }) => functions)
    .filter(({ kind, trivial, name }) => kind !== 'closure' && !trivial && /^\w+$/.test(name))
    .slice(0, 40);

const inWords = (name: string): string => wordsOfName(name).join(' ');
const list = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

const small = 'the a of to in is for and with that it on as by from when if not be which'.split(
  ' ',
);

/** `the parser of a header`: a phrase that is right by grammar, whatever stands in it. */
function phrase(word: () => string, random: Random): string {
  const noun = `${among(['the', 'a', 'each', 'its', 'every'], random)} ${word()}`;
  return random() < 0.4
    ? `${noun} ${among(['of', 'in', 'from', 'for'], random)} the ${word()}`
    : noun;
}

function clause(word: () => string, random: Random): string {
  const verb = among(
    ['holds', 'reads', 'needs', 'turns into', 'follows', 'stops', 'takes'],
    random,
  );
  return `${phrase(word, random)} ${verb} ${phrase(word, random)}`;
}

const links = ['because', 'so that', 'while', 'although', 'unless', 'and', 'since', 'when'];

/** A sentence of one clause to three, by a grammar and not by a template. */
function grammatical(word: () => string, random: Random): string {
  const more = times(
    Math.floor(random() * 3),
    () => `, ${among(links, random)} ${clause(word, random)}`,
  );
  const start =
    random() < 0.3
      ? `${capital(among(['when', 'if', 'once', 'after'], random))} ${clause(word, random)}, `
      : '';
  const rest = `${clause(word, random)}${more.join('')}`;
  return `${start === '' ? capital(rest) : start + rest}.`;
}

const sections = ['Overview', 'Installation', 'Usage', 'Design', 'Testing', 'Limitations'];

/** A README of six sections of four sentences each. */
function inSections(sentence: (index: number) => string): string {
  return sections
    .map(
      (heading, at) =>
        `## ${heading}\n\n${times(4, (index) => sentence(at * 4 + index)).join(' ')}`,
    )
    .join('\n\n');
}

/** A README whose sentences are made of the words of the code; some with a name in code voice. */
function ofWords(sentence: (word: () => string, random: Random, name: string) => string): Attack {
  return readme((known, project) => {
    const words = wordsOfCode(project);
    const random = chances(7);
    if (words.length === 0) return '';
    return inSections((index) => sentence(() => among(words, random), random, pick(known, index)));
  });
}

const synonyms: readonly (readonly string[])[] = [
  ['returns', 'yields', 'gives back', 'produces', 'delivers', 'hands back'],
  ['value', 'outcome', 'answer', 'product', 'figure', 'datum'],
  ['quickly', 'swiftly', 'rapidly', 'at speed', 'without delay', 'in short order'],
  ['input', 'argument', 'operand', 'material', 'subject', 'payload'],
  ['because', 'since', 'as', 'given that', 'seeing that', 'now that'],
  ['wrong', 'faulty', 'broken', 'malformed', 'damaged', 'flawed'],
];

const templates = [
  'The function NAME returns a value quickly because the input is never wrong for WORDS.',
  'When the input of WORDS is wrong, NAME returns no value instead of a wrong one.',
  'NAME checks the input first, because a wrong value of WORDS would reach its caller.',
];

/** A template in other words each time. */
const throughThesaurus = (name: string, index: number): string => {
  const random = chances(index * 31 + 5);
  const filled = pick(templates, index).replaceAll(/[a-z]+/g, (word) => {
    const same = synonyms.find(([first]) => first === word);
    return same ? among(same, random) : word;
  });
  return capital(filled.replace('NAME', `\`${name}\``).replace('WORDS', inWords(name)));
};

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

const isReadme = (path: string): boolean => /(^|\/)readme\.(md|txt)$/i.test(path);

/** Sentences of the README and the comments that are there. */
function ownSentences({ files, facts }: Project): string[] {
  const documents = files
    .filter(({ path }) => isReadme(path))
    .map(({ content }) => content.replaceAll(/^```[\s\S]*?^```/gm, ''));
  const comments = facts.flatMap((file) => file.comments.map(({ text }) => text));
  return [...documents, ...comments]
    .flatMap((text) => text.split(/(?<=[.!?])\s+|\n\s*\n/))
    .map((text) => text.replaceAll(/\s+/g, ' ').trim())
    .filter((text) => /^[A-Z`]/.test(text) && text.split(' ').length >= 6)
    .slice(0, 60);
}

/** Text whose words follow one another as they do somewhere in the README, the comments or the code. */
function chain(project: Project, random: Random): () => string {
  const after = new Map<string, string[]>();
  const starts: string[] = [];
  const code = functionsOf(project).map(({ name, calls }) =>
    [name, ...calls.slice(0, 3).map((call) => call.name)].map(inWords).join(' to '),
  );
  for (const text of [...ownSentences(project), ...code]) {
    const words = text.replaceAll(/[.,;:!?()]/g, '').split(' ');
    starts.push(words[0] ?? '');
    for (const [at, word] of words.slice(0, -1).entries())
      after.set(word, [...(after.get(word) ?? []), words[at + 1] ?? '']);
  }
  return () => {
    let word = among(starts, random);
    const said = [word];
    while (said.length < 14) {
      word = among(after.get(word) ?? starts, random);
      said.push(word);
    }
    return `${capital(said.join(' '))}.`;
  };
}

/** A README of another project, for swapping its words. */
const foreign = [
  'This module keeps a pool of open sockets, so that a request does not wait for a new connection.',
  'By default a socket is closed after ten seconds without traffic, because servers drop idle peers without telling anyone.',
  'If the server answers with a redirect, the agent follows it up to five times and then gives up with an error.',
  'You can pass your own certificates through the options, which is useful when the server sits behind a private authority.',
  'Timeouts are measured from the last byte that was received rather than from the start of the request.',
  'The cache never holds more than a thousand entries; the oldest ones leave first when a new answer arrives.',
  'Errors of the network are retried twice, but an answer with a status of four hundred is handed to the caller at once.',
  'Call the method with an empty body to send only the headers, for example when you need to know the size of a file.',
];

const kept = new Set(
  'this that does after because without telling anyone with then gives your through which when from rather than never more only twice once first you for the and new a an of to in is it on as by if but'.split(
    ' ',
  ),
);

/** Text that reads like documentation and was generated from what a reader sees in the code anyway. */
export const textAttacks: Record<string, Attack> = {
  'a README of random words of the code': ofWords(
    (word, random) => `${capital(times(8 + Math.floor(random() * 7), word).join(' '))}.`,
  ),
  'a README of random words of the code and small words': ofWords(
    (word, random) =>
      `${capital(times(12 + Math.floor(random() * 7), () => (random() < 0.42 ? among(small, random) : word())).join(' '))}.`,
  ),
  'a README of random words of the code beside its names': ofWords(
    (word, random, name) =>
      `\`${name}\` ${times(10, () => (random() < 0.4 ? among(small, random) : word())).join(' ')}, because ${times(5, word).join(' ')}.`,
  ),
  'a README of random words of the code in sentences': ofWords((word, random) =>
    grammatical(word, random),
  ),
  'a README of random words of the code in sentences about its names': ofWords(
    (word, random, name) =>
      `In \`${name}\`, ${grammatical(word, random).replace(/^./, (first) => first.toLowerCase())}`,
  ),
  'a README of random words of the code and of a dictionary in sentences about its names': ofWords(
    (word, random, name) =>
      `In \`${name}\`, ${grammatical(() => (random() < 0.5 ? word() : among(dictionary, random)), random).replace(/^./, (first) => first.toLowerCase())}`,
  ),
  'a README of frequent words of the code in sentences about its names': readme(
    (known, project) => {
      const words = allWordsOfCode(project);
      const random = chances(41);
      if (words.length === 0) return '';
      return inSections(
        (index) =>
          `In \`${pick(known, index)}\`, ${grammatical(() => among(words, random), random).replace(/^./, (first) => first.toLowerCase())}`,
      );
    },
  ),
  'its own README with the words of the code in each other’s places': readme((_, project) => {
    const words = wordsOfCode(project).filter((word) => word.length > 3);
    const random = chances(43);
    const instead = new Map(words.map((word) => [word, among(words, random)]));
    return ownSentences(project)
      .map((text) => text.replaceAll(/\b[a-z]{4,}\b/g, (word) => instead.get(word) ?? word))
      .join('\n\n');
  }),
  'a README as an API list': readme(
    (_, project) =>
      `## API\n\n${functionsOf(project)
        .map(
          ({ name, parameters: [...given] }) =>
            `\`${name}(${given.map((one) => one.name).join(', ')})\` — ${inWords(name)} of ${list(given.map((one) => inWords(one.name))) || 'the module'}`,
        )
        .join('\n\n')}`,
  ),
  'a README as an API list of points': readme(
    (_, project) =>
      `## API\n\n${functionsOf(project)
        .map(
          ({ name, parameters: [...given] }) =>
            `- \`${name}(${given.map((one) => one.name).join(', ')})\` — the ${inWords(name)} of the ${list(given.map((one) => inWords(one.name))) || 'module'}`,
        )
        .join('\n')}`,
  ),
  'a README with a heading per function': readme((_, project) =>
    functionsOf(project)
      .map(
        ({ name, parameters: [...given], calls }) =>
          `### ${name}\n\nThis will ${inWords(name)}. It takes ${list(given.map((one) => `\`${one.name}\``)) || 'nothing'} and makes use of ${list(calls.slice(0, 3).map((call) => inWords(call.name))) || 'nothing else'}.`,
      )
      .join('\n\n'),
  ),
  'a FAQ of names': readme(
    (_, project) =>
      `## FAQ\n\n${functionsOf(project)
        .slice(0, 15)
        .map(
          ({ name, parameters: [...given], calls }, index) =>
            `### ${pick(['How do I', 'Can it', 'When should I', 'Why does it'], index)} ${inWords(name)}?\n\nCall \`${name}\` with the ${list(given.map((one) => inWords(one.name))) || 'defaults'}, which will ${inWords(calls[0]?.name ?? name)} before the ${inWords(calls.at(-1)?.name ?? name)}, because otherwise the ${wordsOfName(name).at(-1)} is missing.`,
        )
        .join('\n\n')}`,
  ),
  'a table of names': readme(
    (_, project) =>
      `## Functions\n\n| Name | Takes | Does |\n| --- | --- | --- |\n${functionsOf(project)
        .map(
          ({ name, parameters: [...given], calls }) =>
            `| \`${name}\` | ${list(given.map((one) => `\`${one.name}\``))} | ${inWords(name)} with ${list(calls.slice(0, 2).map((call) => inWords(call.name)))} |`,
        )
        .join('\n')}\n\n${functionsOf(project)
        .map(
          ({ name, calls }) =>
            `${name}: ${inWords(name)}, ${list(calls.slice(0, 2).map((call) => inWords(call.name)))}`,
        )
        .join('\n')}`,
  ),
  'a changelog of the names in words': (project) => {
    const changes = ['Fixed', 'Added', 'Improved', 'Changed', 'Reworked', 'Removed a bug in'];
    const entries = functionsOf(project).map(
      ({ name, parameters: [...given], calls }, index) =>
        `- ${pick(changes, index)} ${inWords(name)} when the ${inWords(given[0]?.name ?? name)} is missing, so that ${inWords(calls[0]?.name ?? name)} no longer fails (\`${name}\`).`,
    );
    if (entries.length < 3) return null;
    const versions = entries.map((entry, index) =>
      index % 4 === 0 ? `\n## 1.${entries.length - index}.0\n\n${entry}` : entry,
    );
    return [
      ...project.files,
      { path: 'CHANGELOG.md', content: `# Changelog\n${versions.join('\n')}\n` },
    ];
  },
  'a README like a log of commits': readme(
    (_, project) =>
      `## History\n\n${functionsOf(project)
        .map(
          ({ name, parameters: [...given] }, index) =>
            `* ${((index + 11) * 0x9e37b1).toString(16).slice(0, 7)} ${pick(['fix', 'feat', 'refactor', 'perf'], index)}(${wordsOfName(name)[0]}): ${inWords(name)} the ${inWords(given[0]?.name ?? 'result')} instead of the ${inWords(given.at(-1)?.name ?? 'input')} to avoid errors`,
        )
        .join('\n')}`,
  ),
  'a README of template sentences through a thesaurus': readme(
    (known) => `## Design\n\n${known.map(throughThesaurus).join('\n\n')}`,
  ),
  'a README of another project with words of this code': readme((known, project) => {
    const words = wordsOfCode(project);
    const random = chances(3);
    if (words.length === 0) return '';
    return inSections((index) =>
      pick(foreign, index)
        .replaceAll(/\b[a-z]{4,}\b/g, (word) =>
          kept.has(word) || random() < 0.25 ? word : among(words, random),
        )
        .replace(/\b[a-z]{4,}\b(?=[^a-z]*$)/, `\`${pick(known, index)}\``),
    );
  }),
  'its own README with the words shuffled in each sentence': readme((_, project) => {
    const random = chances(11);
    return ownSentences(project)
      .map(
        (text) => `${capital(shuffled(text.replace(/[.!?]$/, '').split(' '), random).join(' '))}.`,
      )
      .join('\n\n');
  }),
  'a README of a chain of the words of the project': readme((_, project) => {
    const next = chain(project, chances(17));
    return inSections(next);
  }),
  'a doc block per function of random words of the code': (project) => {
    const words = wordsOfCode(project);
    const random = chances(23);
    if (words.length === 0) return null;
    return docBlock(() => [
      `${capital(times(14, () => (random() < 0.35 ? among(small, random) : among(words, random))).join(' '))}.`,
      `@returns ${times(5, () => among(words, random)).join(' ')}`,
    ])(project);
  },
  'a doc block per function of random words of the code in sentences': (project) => {
    const words = wordsOfCode(project);
    const random = chances(29);
    if (words.length === 0) return null;
    return docBlock(() => [
      grammatical(() => among(words, random), random),
      `@returns ${phrase(() => among(words, random), random)}`,
    ])(project);
  },
  'a comment per function of random words of the code in sentences': (project) => {
    const words = wordsOfCode(project);
    const random = chances(37);
    if (words.length === 0) return null;
    return statement(
      (dialect) =>
        `${dialect.comment} ${grammatical(() => among(words, random), random).replace(/\.$/, `, because ${clause(() => among(words, random), random)}.`)}`,
    )(project);
  },
};
