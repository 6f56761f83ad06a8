import type { Tag } from './result-schema.ts';
import { byCodePoint } from './canonical-json.ts';
import type { FileFacts } from './facts.ts';
import { threshold, type Rubric } from './rubric.ts';
import type { Submission } from './submission/submission.ts';

/** Where a tag shows: what its evidence is made of. */
type Place = Tag['evidence'][number];

/** What the work is made of: languages, libraries by import, idioms by syntax. Words alone tag nothing. */
export function tagsOf({ code, testFiles, tests }: Submission, rubric: Rubric): Tag[] {
  return tagsOfFiles([...code, ...testFiles], tests, rubric);
}

/** @param files whose code is shown; @param tests of the same work */
export function tagsOfFiles(
  files: readonly FileFacts[],
  tests: Submission['tests'],
  rubric: Rubric,
): Tag[] {
  const tags = createTagList(rubric);
  for (const file of files) tagFile(tags, file, rubric);
  const counting = tests.cases.find(({ verdict }) => verdict === 'counts');
  if (counting) {
    const { file, test } = counting;
    tags.add(detected('test_case', rubric), {
      file: file.path,
      line: test.startLine,
      description: `tests: "${test.name.slice(0, 80)}"`,
    });
  }
  return tags.list();
}

function tagFile(tags: TagList, file: FileFacts, rubric: Rubric): void {
  const at = (line: number | null, description: string): Place => ({
    file: file.path,
    line,
    description,
  });
  // Told by its name or its author, a language is certain.
  const told = file.languageCertainty === 1 ? 1 : precisionOf('language_by_content', rubric);
  const language = { tag: file.language, category: 'language', confidence: told };
  tags.add(language, at(null, `parsed as ${file.language}`));
  for (const { module, line, relative } of file.imports) {
    // A header in quotes may be that of a library: `gtest/gtest.h`.
    const topic = relative && !/^\w+\//.test(module) ? undefined : topicOf(module, file, rubric);
    if (topic === undefined) continue;
    const [tag, category] = topic;
    const confidence = precisionOf('import', rubric);
    tags.add({ tag, category, confidence }, at(line, `imports ${module.slice(0, 80)}`));
  }
  for (const { idiom, line } of file.idioms) {
    if (rubric.data.tags[idiom] === undefined) continue;
    tags.add(detected(idiom, rubric), at(line, `uses ${idiom.replaceAll('_', ' ')}`));
  }
}

type Named = Pick<Tag, 'tag' | 'category' | 'confidence'>;

/** Tags with their places, each once; the most certain detector of a tag gives its confidence. */
export interface TagList {
  add: (tag: Named, at: Place) => void;
  /** Most certain first, then what shows in most places. */
  list: () => Tag[];
}

export function createTagList(rubric: Rubric): TagList {
  const tags = new Map<string, Tag & { places: number }>();
  const limit = threshold(rubric, 'tag_evidence_limit');
  return {
    add(named, at) {
      const known = tags.get(named.tag) ?? { ...named, evidence: [], places: 0 };
      known.places += 1;
      known.confidence = Math.max(known.confidence, named.confidence);
      if (known.evidence.length < limit) known.evidence.push(at);
      tags.set(named.tag, known);
    },
    list: () =>
      [...tags.values()]
        .sort(
          (a, b) => b.confidence - a.confidence || b.places - a.places || byCodePoint(a.tag, b.tag),
        )
        .map(({ places: _places, ...tag }) => tag),
  };
}

function detected(detector: string, rubric: Rubric): Named {
  const spec = rubric.data.tags[detector];
  if (spec === undefined) throw new Error(`rubric has no tag of ${detector}`);
  return { tag: spec.tag, category: spec.category, confidence: spec.confidence };
}

/** How often a detector that gives many tags was right. */
export function precisionOf(
  detector: 'language_by_content' | 'import' | 'mention',
  rubric: Rubric,
): number {
  return threshold(rubric, `tag_precision_${detector}`);
}

/** Modules of these are imported by each other. */
const families: Readonly<Record<string, string>> = { typescript: 'javascript', tsx: 'javascript' };

/**
 * The longest known prefix of a module name: `org.springframework.web.bind` is Spring. What means one thing in one
 * language and another elsewhere is listed under its language: `go:testing`.
 */
function topicOf(
  module: string,
  { language }: FileFacts,
  { importTopics }: Rubric,
): readonly [string, string] | undefined {
  const whole = module.toLowerCase().replace(/^node:/, '');
  const parts = whole.split(/(?=[/.:\\])/);
  const family = families[language] ?? language;
  for (let length = parts.length; length > 0; length -= 1) {
    const prefix = parts.slice(0, length).join('').replaceAll('::', '.').replaceAll('\\', '.');
    const found = importTopics.get(`${family}:${prefix}`) ?? importTopics.get(prefix);
    if (found) return found;
  }
  return undefined;
}

/** Shares of the code's lines by language, largest first. */
export function languageShares(submission: Submission): { language: string; share: number }[] {
  const files = new Set([...submission.code, ...submission.testFiles]);
  const lines = new Map<string, number>();
  let whole = 0;
  for (const { language, lloc } of files) {
    lines.set(language, (lines.get(language) ?? 0) + lloc);
    whole += lloc;
  }
  if (whole === 0) return [];
  return [...lines]
    .map(([language, count]) => ({ language, share: Math.round((count / whole) * 1e4) / 1e4 }))
    .sort((a, b) => b.share - a.share || byCodePoint(a.language, b.language));
}
