import { looksLikeExample, type ExampleVerdict } from '../../prose/examples.ts';
import type { ProseBlock } from '../../prose/blocks.ts';
import { tieOf, wordsOfSentence } from '../../prose/grounding.ts';
import type { Sentence } from '../../prose/sentences.ts';
import type { ProseDocument } from '../../prose/prose.ts';
import { threshold } from '../../rubric.ts';
import { shapeOfText } from '../../syntax/shape-of-text.ts';
import {
  count,
  notApplicable,
  type Criterion,
  type CriterionContext,
  type Observation,
} from '../criterion.ts';
import { enoughProse, tooLittleProse } from './prose-places.ts';

/** Examples that use what exists, steps in order, links that lead somewhere. */
export const documentationQuality: Criterion = (context) => {
  const { submission } = context;
  if (!enoughProse(context)) return notApplicable(tooLittleProse(context));
  const documents = submission.prose.documents.filter(
    ({ source, blocks }) => source === 'docs' || blocks.some(({ kind }) => kind !== 'paragraph'),
  );
  if (documents.length === 0)
    return notApplicable('running text without examples, lists or headings');
  const observations = [
    ...documents.flatMap((document) => [
      ...examples(document, context),
      ...brokenPaths(document, context),
    ]),
    ...bestOfEach(documents.flatMap((document) => structure(document, context))),
  ];
  const good = observations.filter(({ amount }) => amount > 0).length;
  return {
    applicable: true,
    sample: { n: documents.length, unit: 'documents' },
    observations,
    summary: `${count(good, 'part')} of ${count(documents.length, 'document')} that a reader can use as they stand.`,
  };
};

/** Order is a habit, which a second document does not show again. */
function bestOfEach(found: readonly Observation[]): Observation[] {
  const best = new Map<string, Observation>();
  for (const item of found)
    if (item.amount > (best.get(item.rule)?.amount ?? -1)) best.set(item.rule, item);
  return [...best.values()];
}

/** What takes no knowledge of how the code is used: together it counts as one. */
function isUsual(verdict: ExampleVerdict): boolean {
  return /^(usual_command|data|session|diagram)$/.test(verdict);
}

function examples(
  document: ProseDocument,
  { submission, rubric }: CriterionContext,
): Observation[] {
  const seen = new Set<string>();
  const { grounding } = submission;
  // Commands that name nothing of the submission could stand in any README.
  const usual = document.blocks.filter(
    (block) => block.kind === 'code' && isUsual(looksLikeExample(block, grounding)),
  ).length;
  return document.blocks.flatMap((block): Observation[] => {
    const shape = shapeOfText(block.text);
    if (block.kind !== 'code' || seen.has(shape)) return [];
    seen.add(shape);
    const verdict = looksLikeExample(block, grounding);
    const worth = {
      uses_code: 'example_units',
      request: 'example_units',
      command: 'command_units',
      settings: 'command_units',
      session: 'usual_command_units',
      usual_command: 'usual_command_units',
      data: 'usual_command_units',
      layout: 'command_units',
      diagram: 'usual_command_units',
      foreign: '',
      broken: '',
    }[verdict];
    return [
      {
        ...inBlock(document, block),
        rule: `example_${verdict}`,
        type: 'example',
        message: {
          uses_code: 'An example that calls what the submission declares.',
          request: 'An example that asks for a path which the submission answers.',
          command: 'A command that names a file, a folder or a program of the submission.',
          settings: 'Settings that name a file or a folder of the submission.',
          session: 'Input or a session in words that the code has as texts.',
          usual_command: 'A command of a usual tool, which names no file and nothing of the code.',
          data: 'Data or settings whose names are names in the code.',
          layout: 'A layout of folders and files, some of which are in the submission.',
          diagram: 'A drawing of parts and how they hang together.',
          foreign: 'An example in which no file, function or path of the submission was found.',
          broken: 'An example whose brackets or quotes do not close.',
        }[verdict],
        amount: (worth === '' ? 0 : threshold(rubric, worth)) / (isUsual(verdict) ? usual : 1),
      },
    ];
  });
}

/** Paths in links and code voice that lead nowhere. Only judged when files came along. */
function brokenPaths(
  document: ProseDocument,
  { submission, rubric }: CriterionContext,
): Observation[] {
  if (submission.files.length < 2) return [];
  const { files } = submission.grounding;
  const seen = new Set<string>();
  const { sentences, disconnected = [], bare = [] } = document;
  return [...sentences, ...disconnected, ...bare].flatMap((sentence): Observation[] => {
    const linked = [...sentence.text.matchAll(inSubmission)].map((match) =>
      (match[1] ?? '').replace(/^\.\//, '').replace(/#.*$/, ''),
    );
    const missing = linked.filter(
      (path) =>
        path !== '' &&
        !seen.has(path) &&
        placesMeant(path, document.name).every((one) => !files.has(one) && !isFolder(one, files)),
    );
    for (const path of missing) seen.add(path);
    return missing.map((path) => ({
      source: document.source,
      file: document.name,
      startLine: sentence.startLine,
      endLine: sentence.endLine,
      rule: 'broken_link',
      type: 'broken_link',
      message: `Links to ${path}, which is not in the submission.`,
      advice: `Mend the link to ${path}`,
      amount: -threshold(rubric, 'broken_link_units'),
    }));
  });
}

/** A link that leads to a file, and not to a part of the document or to an address: `mailto:`, `localhost:3000/rows`. */
const inSubmission =
  /\]\((?!#|[a-z][a-z\d+.-]*:|\/\/|www\.|localhost\b|\d+(?:\.\d+){3}\b)([^)\s]{1,200})\)/gi;

/** Where a link may lead: from the folder of its document, from the top, or as it stands. */
function placesMeant(path: string, document: string): string[] {
  const plain = path.replaceAll('%20', ' ');
  const parts = document.split('/').slice(0, -1);
  for (const part of plain.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return [plain, plain.replace(/^\/+/, ''), parts.join('/')].filter((one) => one !== '');
}

function isFolder(path: string, files: ReadonlySet<string>): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  for (const file of files) if (file.startsWith(prefix)) return true;
  return false;
}

/** Headings and steps, as far as there is prose under them that speaks of the code. */
function structure(
  document: ProseDocument,
  { submission: { grounding }, rubric }: CriterionContext,
): Observation[] {
  const under = Map.groupBy(document.sentences, ({ block }) => block.heading);
  const headings = document.blocks.filter(
    ({ kind, text }) => kind === 'heading' && under.has(text),
  );
  const items = document.sentences.filter(({ block }) => block.kind === 'list_item');
  const found: Observation[] = [];
  const add = (
    block: ProseBlock,
    sentences: readonly Sentence[],
    rule: string,
    message: string,
  ): void => {
    const words = sentences.map((one) => wordsOfSentence(one, grounding, rubric));
    found.push({
      ...inBlock(document, block),
      rule,
      type: 'structure',
      message,
      amount: threshold(rubric, 'structure_units') * tieOf(words, grounding, rubric),
    });
  };
  if (headings.length >= 3 && headings[0]) {
    const below = headings.flatMap(({ text }) => under.get(text) ?? []);
    add(headings[0], below, 'headings', `${headings.length} headings with text under each.`);
  }
  if (items.length >= 3 && items[0])
    add(items[0].block, items, 'steps', `${items.length} points or steps listed one by one.`);
  return found;
}

function inBlock(
  document: ProseDocument,
  block: ProseBlock,
): Pick<Observation, 'source' | 'file' | 'startLine' | 'endLine' | 'unit'> {
  return {
    source: document.source,
    file: document.name,
    startLine: block.startLine,
    endLine: block.endLine,
    unit: `${document.name}:${block.startLine}`,
  };
}
