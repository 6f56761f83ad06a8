import { ratio } from '../numbers.ts';
import { threshold, type Rubric } from '../rubric.ts';
import type { ProseBlock } from './blocks.ts';
import { isUsualCommand, packagesUsed, programsStarted } from './examples.ts';
import { groundingLinks, tieOf, wordsOfSentence, type GroundingIndex } from './grounding.ts';
import type { ProseDocument } from './prose.ts';
import { readmeKindsOf, type ReadmeLabel, type SectionText } from './readme-kinds.ts';
import { about, kindInWords, type SectionKind } from './readme-headings.ts';
import type { Sentence } from './sentences.ts';

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

/** Commands that need no more; the others are the names of tools as well. */
const wholeCommand = /^(?:rspec|pytest|tox|rake|make|phpunit|jest|vitest)$/;

/** Sections of a README with what in them can be checked against the submission. */
export function readmeSections(
  document: ProseDocument,
  index: GroundingIndex,
  rubric: Rubric,
): ReadmeSection[] {
  const isCommand = ({ kind, text }: ProseBlock): boolean =>
    kind === 'code' && isUsualCommand(text, index.languages);
  // A point of a list may be a command and nothing else, which is no sentence.
  const commandsIn = ({ kind, text }: ProseBlock): string[] =>
    kind === 'code'
      ? []
      : voicedIn(text)
          .map((span) => span.slice(1, -1))
          .filter(
            (span) =>
              (/ /.test(span) || wholeCommand.test(span)) && isUsualCommand(span, index.languages),
          );
  const givesCommand = (block: ProseBlock): boolean =>
    isCommand(block) || commandsIn(block).length > 0;
  // Such commands stand in every README; all of them together tell what one does.
  const commands = document.blocks.filter(givesCommand).length;
  const unread = new Set(
    document.rejected.filter(({ fault }) => fault === 'other_language').map(({ block }) => block),
  );
  const groups = grouped(document).map((group) => {
    const inCode = group.blocks.flatMap((block) =>
      block.kind === 'code' ? codeLinks(block.text, index) : [],
    );
    for (const span of group.blocks.flatMap(commandsIn)) inCode.push(...codeLinks(span, index));
    // What is said in a language that is not read is not known; the names in code voice show what it is about.
    for (const { text } of group.blocks.filter((block) => unread.has(block)))
      inCode.push(...voicedIn(text).flatMap((span) => codeLinks(span, index)));
    return { ...group, inCode, said: saidIn(group.sentences, index, rubric) };
  });
  const shown = groups.filter(({ inCode, said }) => inCode.length > 0 && said.tie === 0).length;
  return groups.flatMap(({ heading, blocks, sentences, first, inCode, said }) => {
    const kind = sectionKind(heading, first, bodyOf(document, blocks));
    if (kind === null) return [];
    const links = said.tie === 0 ? inCode : [...said.links, ...inCode];
    const distinct = new Set(links).size;
    const words = sentences.reduce((total, sentence) => total + sentence.words.length, 0);
    const command = blocks.some(givesCommand);
    const commandShare = command ? 1 / commands : 0;
    const value =
      distinct === 0
        ? commandShare * threshold(rubric, 'readme_command_value')
        : Math.max(said.tie, ratio(threshold(rubric, 'readme_example_value'), shown)) *
          sectionValue(distinct, words, command, rubric);
    return [
      {
        kind,
        document: document.name,
        startLine: blocks[0]?.startLine ?? 1,
        endLine: blocks.at(-1)?.endLine ?? 1,
        value,
        links: distinct,
        message: sectionMessage(
          titled(heading, document.name) + about(kind, heading),
          distinct,
          namedIn(blocks, said.links, index).size,
          value,
        ),
      },
    ];
  });
}

/** Names in the sentences of a section, and in its words of any language. */
function namedIn(
  blocks: readonly ProseBlock[],
  links: readonly string[],
  index: GroundingIndex,
): Set<string> {
  const voiced = blocks.flatMap(({ text }) => voicedIn(text));
  const words = blocks.flatMap(({ text }) => text.match(/[\w./-]{3,}/g) ?? []);
  return new Set([
    ...links,
    ...voiced.flatMap((span) => codeLinks(span, index)),
    ...words.filter((word) => /[./]/.test(word) && index.files.has(word)),
  ]);
}

/** What the sentences of a section name, and how well their words tie them to the code. */
function saidIn(sentences: readonly Sentence[], index: GroundingIndex, rubric: Rubric) {
  const named = sentences.map((sentence) => groundingLinks(sentence, index));
  const words = sentences.map((one) => wordsOfSentence(one, index, rubric));
  const tie = tieOf(words, index, rubric);
  // Less than one word that ties them is none, however many sentences have a little of it.
  const isTied = tie >= threshold(rubric, 'readme_section_tie');
  return { links: named.flat().map(({ text }) => text), tie: isTied ? tie : 0 };
}

function voicedIn(text: string): string[] {
  return text.match(/`[^`\n]+`/g) ?? [];
}

function titled(heading: string, document: string): string {
  const name = document.slice(document.lastIndexOf('/') + 1);
  const readme = /readme/i.test(name) ? 'README' : null;
  if (heading === '') return `The beginning of ${readme === null ? name : 'the README'}`;
  return readme === null
    ? `The section "${heading}" of ${name}`
    : `The README section "${heading}"`;
}

function sectionMessage(section: string, links: number, named: number, value: number): string {
  if (links > 0) return `${section} names ${things(links)} here.`;
  if (named > 0)
    return `${section} names ${things(named)} here, and says nothing of that in words of the code.`;
  return value > 0
    ? `${section} gives a command, but names no file and nothing of the code.`
    : `${section} names no file, command or name of the code.`;
}

function things(count: number): string {
  return count === 1 ? '1 thing that exists' : `${count} things that exist`;
}

/** What a section is worth that speaks of this code. */
function sectionValue(links: number, words: number, command: boolean, rubric: Rubric): number {
  const enough = threshold(rubric, 'readme_section_links');
  const told = words >= threshold(rubric, 'readme_section_words') || command;
  return Math.min(1, links / enough) * (told ? 1 : 0.5);
}

/**
 * What a section is about: its kind by the model of `readme-kinds.ts`, and which of its kind by the words
 * of the heading. Null for what is no section or of no kind that counts.
 */
export function sectionKind(
  heading: string,
  first: boolean,
  body?: SectionText['body'],
): SectionKind | null {
  const words = kindInWords(heading);
  for (const label of readmeKindsOf({ heading, first, body })) {
    const members = kindsOf[label];
    if (members.length > 0) return members.find((kind) => kind === words) ?? members[0] ?? null;
  }
  return null;
}

/** The kinds that count for each label of the model; the first is the commonest. */
const kindsOf: Record<ReadmeLabel, readonly SectionKind[]> = {
  none: [],
  what: ['what', 'why'],
  how: ['works', 'run', 'install', 'test', 'configure', 'layout'],
  when: ['status'],
  who: ['who'],
  references: ['references'],
  contribution: ['contribution'],
  other: [],
};

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

/** A section as it was written; undefined for the text before all headings. */
function bodyOf(document: ProseDocument, blocks: readonly ProseBlock[]): SectionText['body'] {
  const heading = blocks[0];
  if (heading?.kind !== 'heading') return undefined;
  const end = blocks.at(-1)?.endLine ?? heading.startLine;
  const lines = linesOf(document);
  const marks = /^ {0,3}(#{1,6})/.exec(lines[heading.startLine - 1] ?? '')?.[1]?.length;
  const underlined = /^ {0,3}=/.test(lines[heading.startLine] ?? '') ? 1 : 2;
  return {
    level: marks ?? underlined,
    text: lines.slice(heading.startLine, end).join('\n'),
    inCode: false,
  };
}

const linesByDocument = new WeakMap<ProseDocument, readonly string[]>();

function linesOf(document: ProseDocument): readonly string[] {
  const known = linesByDocument.get(document) ?? document.text.split('\n');
  linesByDocument.set(document, known);
  return known;
}

function codeLinks(text: string, index: GroundingIndex): string[] {
  const tokens = text.match(/[\w./-]+/g) ?? [];
  const known = tokens
    .map((token) => token.replace(/^\.\//, ''))
    .filter((token) => token.length > 2 && (index.files.has(token) || index.offered.has(token)));
  return [
    ...known,
    ...packagesUsed(text, index.packages),
    ...programsStarted(text, index.packages),
  ];
}
