import { threshold, type Rubric } from '../rubric.ts';
import type { ProseBlock } from './blocks.ts';
import { groundingLinks, type GroundingIndex } from './grounding.ts';
import type { ProseDocument } from './prose.ts';
import type { Sentence } from './sentences.ts';

const kinds = [
  'what',
  'why',
  'install',
  'run',
  'test',
  'configure',
  'layout',
  'status',
  'who',
  'references',
  'contribution',
] as const;
export type SectionKind = (typeof kinds)[number];

export interface ReadmeSection {
  kind: SectionKind;
  document: string;
  startLine: number;
  endLine: number;
  /** 0 when nothing in it can be checked, 1 when it names what exists. */
  value: number;
  links: number;
  message: string;
}

/** Words of headings, and of commands inside, by what a section is about; first match wins. */
const headingWords: readonly (readonly [SectionKind, RegExp])[] = [
  ['test', /\btest(?:s|ing)?\b|\bcoverage\b/i],
  [
    'install',
    /\binstall|\bset-?up\b|\brequire|\bprerequisit|\bdependenc|\bgetting started|\bbuild/i,
  ],
  ['configure', /\bconfig|\bsettings?\b|\boptions?\b|\benvironment|\bvariables?\b/i],
  [
    'run',
    /\busage\b|\brun(?:ning)?\b|\bquick ?start|\bexamples?\b|\bhow to\b|\buse\b|\bcommands?\b|\bapi\b|\bdeploy/i,
  ],
  [
    'layout',
    /\blayout\b|\bstructure\b|\barchitecture\b|\bdesign\b|\boverview of (?:the )?code|\bfiles\b|\bmodules?\b/i,
  ],
  ['contribution', /\bcontribut|\bdevelop(?:ment|ing)\b|\bpull requests?/i],
  ['who', /\bauthors?\b|\blicen[cs]e|\bcontact|\bcredits?|\bteam\b|\backnowledg|\bsupport\b/i],
  [
    'status',
    /\bstatus\b|\bchange ?log|\brelease|\broadmap|\btodo\b|\bversion|\bhistory\b|\blimitations?|\bknown issues/i,
  ],
  ['references', /\bdocument|\breferences?\b|\blinks\b|\bfurther\b|\bsee also|\bresources\b/i],
  ['why', /\bwhy\b|\bmotivation|\brationale|\bbackground|\bdecisions?|\btrade-?offs?/i],
  [
    'what',
    /\babout\b|\bwhat\b|\bintro|\boverview\b|\bfeatures?\b|\bdescription|\bsummary|\bgoals?\b/i,
  ],
];

/** Commands that a project of that kind understands without files to prove it. */
const commandPattern =
  /^[ \t]*(?:\$[ \t]*)?(?:npm|npx|yarn|pnpm|node|deno|bun|pip3?|python3?|pytest|poetry|uv|tox|mvn|gradle|\.\/gradlew|java|javac|go|cargo|rustc|dotnet|make|cmake|ctest|g\+\+|gcc|php|composer|phpunit|ruby|rake|bundle|rspec|docker|docker-compose|kubectl|curl|git)\b/m;

/** Sections of a README with what in them can be checked against the submission. */
export function readmeSections(
  document: ProseDocument,
  index: GroundingIndex,
  rubric: Rubric,
): ReadmeSection[] {
  return grouped(document).flatMap(({ heading, blocks, sentences, first }) => {
    const kind = sectionKind(heading, first);
    if (kind === null) return [];
    const links = sentences.flatMap((sentence) => groundingLinks(sentence, index));
    const inCode = blocks.flatMap((block) =>
      block.kind === 'code' ? codeLinks(block, index) : [],
    );
    const distinct = new Set([...links.map(({ text }) => text), ...inCode]).size;
    const words = sentences.reduce((total, sentence) => total + sentence.words.length, 0);
    const command = blocks.some(({ kind: k, text }) => k === 'code' && commandPattern.test(text));
    const value = sectionValue(distinct, words, command, rubric);
    return [
      {
        kind,
        document: document.name,
        startLine: blocks[0]?.startLine ?? 1,
        endLine: blocks.at(-1)?.endLine ?? 1,
        value,
        links: distinct,
        message:
          distinct > 0
            ? `The README says ${describe(kind)} and names ${distinct} thing${distinct === 1 ? '' : 's'} that exist here.`
            : unchecked(heading, value),
      },
    ];
  });
}

function unchecked(heading: string, value: number): string {
  return value > 0
    ? `The README section "${heading}" gives a command that names nothing of the submission.`
    : `The README section "${heading}" names nothing that exists in the submission.`;
}

/** What exists is worth most; a command alone is worth little. */
function sectionValue(links: number, words: number, command: boolean, rubric: Rubric): number {
  if (links === 0) return command ? threshold(rubric, 'readme_command_value') : 0;
  const enough = threshold(rubric, 'readme_section_links');
  const told = words >= threshold(rubric, 'readme_section_words') || command;
  return Math.min(1, links / enough) * (told ? 1 : 0.5);
}

/** What a section is about by its heading; the text before all headings says what the project is. */
export function sectionKind(heading: string, first: boolean): SectionKind | null {
  for (const [kind, pattern] of headingWords) if (pattern.test(heading)) return kind;
  return first ? 'what' : null;
}

interface Group {
  heading: string;
  first: boolean;
  blocks: ProseBlock[];
  sentences: Sentence[];
}

function grouped(document: ProseDocument): Group[] {
  const groups: Group[] = [];
  for (const block of document.blocks) {
    if (block.kind === 'heading') {
      groups.push({
        heading: block.text,
        first: groups.length === 0,
        blocks: [block],
        sentences: [],
      });
      continue;
    }
    if (groups.length === 0) groups.push({ heading: '', first: true, blocks: [], sentences: [] });
    groups.at(-1)?.blocks.push(block);
  }
  const owner = new Map(groups.flatMap((group) => group.blocks.map((block) => [block, group])));
  for (const sentence of document.sentences) owner.get(sentence.block)?.sentences.push(sentence);
  return groups;
}

function codeLinks(block: ProseBlock, index: GroundingIndex): string[] {
  const tokens = block.text.match(/[\w./-]+/g) ?? [];
  return tokens
    .map((token) => token.replace(/^\.\//, ''))
    .filter((token) => token.length > 2 && (index.files.has(token) || index.declared.has(token)));
}

function describe(kind: SectionKind): string {
  const said: Record<SectionKind, string> = {
    what: 'what this is',
    why: 'why it is so',
    install: 'how to install it',
    run: 'how to use it',
    test: 'how to test it',
    configure: 'how to configure it',
    layout: 'how it is laid out',
    status: 'how far it has come',
    who: 'who is behind it',
    references: 'where to read on',
    contribution: 'how to contribute',
  };
  return said[kind];
}
