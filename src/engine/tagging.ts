/** Tags of one text, code or prose: by the detectors that tag assessments, and by what prose names. */
import { normaliseText, type Intake } from './intake.ts';
import type { AssessDependencies } from './assess.ts';
import { maskSecrets } from './mask-secrets.ts';
import { proseBlocks, type ProseBlock } from './prose/blocks.ts';
import { mentionsIn } from './prose/mentions.ts';
import { readProse } from './prose/prose.ts';
import type { Tag, TextTag } from './result-schema.ts';
import { threshold } from './rubric.ts';
import { buildSubmission } from './submission/submission.ts';
import { isJudged } from './syntax/languages/tables.ts';
import { createTagList, precisionOf, tagsOfFiles } from './tags.ts';

type Dependencies = Pick<AssessDependencies, 'extract' | 'rubric'>;
/** A part of the text that is code, with its lines where they stand in the text. */
type Part = Intake['files'][number];

const snippetCharacters = 200;
/** A text in no known language may be a list of words. */
const written: ReadonlySet<string> = new Set(['markdown', 'text', 'unknown']);

/**
 * @param mostTags those of which the engine is most certain
 */
export function tagText(given: string, mostTags: number, deps: Dependencies): TextTag[] {
  const text = normaliseText(given);
  const lines = text.split('\n');
  const whole = deps.extract({ path: 'text', content: text });
  const isProse = written.has(whole.language) || isPage(text, whole.language);
  const blocks = isProse ? proseBlocks(text) : [];
  const parts: Part[] = isProse ? codeIn(blocks, lines) : [{ path: 'text', content: text }];
  const tags = createTagList(deps.rubric);
  for (const tag of codeTags(parts, deps)) for (const at of tag.evidence) tags.add(tag, at);
  for (const { tag, category, name, line } of mentionsIn(blocks, deps.rubric)) {
    const confidence = precisionOf('mention', deps.rubric);
    tags.add({ tag, category, confidence }, { file: null, line, description: `names ${name}` });
  }
  // A language shows in all of its part: where that begins stands for it.
  const beginnings = new Map(parts.map(({ path, content }) => [path, beginningOf(content)]));
  return tags
    .list()
    .slice(0, mostTags)
    .map((tag) => ({
      ...tag,
      evidence: tag.evidence.map(({ file, line, description }) => {
        const at = line ?? beginnings.get(file ?? '') ?? 1;
        return { line: at, snippet: snippetOf(lines[at - 1] ?? ''), description };
      }),
    }));
}

/** Begins with a comment there, not with a heading. */
const hashComments: ReadonlySet<string> = new Set(['python', 'ruby', 'php', 'bash']);

/** A page with more examples than sentences reads like the code of its examples. */
function isPage(text: string, language: string): boolean {
  if (hashComments.has(language)) return false;
  return /^\s*#{1,6} \S/.test(text) && /^\s*(?:```|~~~)|\]\(/m.test(text);
}

/** All code of a text is what the text is about, whether or not anything in it uses it. */
function codeTags(files: Part[], { extract, rubric }: Dependencies): Tag[] {
  const intake: Intake = { files, templates: [], texts: [], unreadable: [], commits: [] };
  const facts = files.map(extract);
  const prose = readProse([], rubric);
  const parts = { intake, facts, templateFacts: [], prose, submissionType: 'code' as const };
  const { tests } = buildSubmission(parts, rubric);
  const limit = threshold(rubric, 'error_share_limit');
  const readable = facts.filter(
    ({ language, errorShare, nodes }) => isJudged(language) && nodes > 0 && errorShare <= limit,
  );
  return tagsOfFiles(readable, tests, rubric);
}

function beginningOf(text: string): number {
  return text.split('\n').findIndex((line) => line.trim() !== '') + 1;
}

/** Examples in prose, each a file whose lines are those of the text. */
function codeIn(blocks: readonly ProseBlock[], lines: readonly string[]): Part[] {
  return blocks
    .filter(({ kind }) => kind === 'code')
    .map(({ text, startLine, language }, index) => {
      const isFenced = /^\s*(?:`{3,}|~{3,})/.test(lines[startLine - 1] ?? '');
      const content = '\n'.repeat(isFenced ? startLine : startLine - 1) + text;
      return { path: `example ${index + 1}`, content, ...(language === '' ? {} : { language }) };
    });
}

function snippetOf(line: string): string {
  return maskSecrets(line.trim(), false).slice(0, snippetCharacters);
}
