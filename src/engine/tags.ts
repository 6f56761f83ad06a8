import type { Tag } from './result-schema.ts';
import { byCodePoint } from './canonical-json.ts';
import { threshold, type Rubric } from './rubric.ts';
import type { Submission } from './submission/submission.ts';

/** What the work is made of: languages, libraries by import, idioms by syntax. Words alone tag nothing. */
export function tagsOf(submission: Submission, rubric: Rubric): Tag[] {
  const tags = new Map<string, Tag>();
  const limit = threshold(rubric, 'tag_evidence_limit');
  const add = (
    tag: string,
    category: string,
    confidence: number,
    at: Tag['evidence'][number],
  ): void => {
    const known = tags.get(tag) ?? { tag, category, confidence, evidence: [] };
    if (known.evidence.length < limit) known.evidence.push(at);
    tags.set(tag, known);
  };
  for (const file of [...submission.code, ...submission.testFiles]) {
    add(file.language, 'language', file.languageCertainty, {
      file: file.path,
      line: null,
      description: `parsed as ${file.language}`,
    });
    for (const { module, line } of file.imports) {
      const topic = topicOf(module, rubric);
      if (topic) {
        add(topic[0], topic[1], threshold(rubric, 'import_tag_confidence'), {
          file: file.path,
          line,
          description: `imports ${module.slice(0, 80)}`,
        });
      }
    }
    for (const { idiom, line } of file.idioms) {
      const spec = rubric.data.tags[idiom];
      const at = { file: file.path, line, description: `uses ${idiom.replaceAll('_', ' ')}` };
      if (spec) add(spec.tag, spec.category, spec.confidence, at);
    }
  }
  const counting = submission.tests.cases.find(({ verdict }) => verdict === 'counts');
  if (counting) {
    const { file, test } = counting;
    add('testing', 'testing', 1, {
      file: file.path,
      line: test.startLine,
      description: `tests: "${test.name.slice(0, 80)}"`,
    });
  }
  return [...tags.values()].sort(
    (a, b) => b.confidence - a.confidence || byCodePoint(a.tag, b.tag),
  );
}

/** The longest known prefix of a module name: `org.springframework.web.bind` is Spring. */
function topicOf(module: string, rubric: Rubric): readonly [string, string] | undefined {
  const whole = module.toLowerCase().replace(/^node:/, '');
  const parts = whole.split(/(?=[/.:\\])/);
  for (let length = parts.length; length > 0; length -= 1) {
    const found = rubric.importTopics.get(
      parts.slice(0, length).join('').replaceAll('::', '.').replaceAll('\\', '.'),
    );
    if (found) return found;
  }
  return undefined;
}

/** Shares of the code's lines by language, largest first. */
export function languageShares(submission: Submission): { language: string; share: number }[] {
  const files = new Set([...submission.code, ...submission.testFiles]);
  const lines = new Map<string, number>();
  let whole = 0;
  for (const { language, nloc } of files) {
    lines.set(language, (lines.get(language) ?? 0) + nloc);
    whole += nloc;
  }
  if (whole === 0) return [];
  return [...lines]
    .map(([language, count]) => ({ language, share: Math.round((count / whole) * 1e4) / 1e4 }))
    .sort((a, b) => b.share - a.share || byCodePoint(a.language, b.language));
}
