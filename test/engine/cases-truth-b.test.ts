import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import type { AssessmentContent } from '#src/engine/contract.ts';
import type { EngineResult } from '#src/engine/result-schema.ts';
import { realEngine } from '#test/support/engine.ts';

interface Case {
  name: string;
  right: string;
  content: AssessmentContent;
  holds: {
    /** Parts of `rule | file:line | message` that no evidence has. */
    none?: string[];
    summary?: string;
    /** Paths by whether they have a score. */
    scored?: string[];
    unscored?: string[];
    noneReason?: string;
    /** Part of the reason by path. */
    leftOut?: Record<string, string>;
    languages?: string[];
    notLanguages?: string[];
    unjudged?: string[];
    /** Files that the summary counts. */
    files?: number;
  };
}

const cases = JSON.parse(
  readFileSync(new URL('../fixtures/engine-cases/truth-b.json', import.meta.url), 'utf8'),
) as Case[];

function factsOf(result: EngineResult): string[] {
  return result.path_scores.flatMap(({ metrics }) =>
    metrics.flatMap(({ evidence }) =>
      evidence.map(({ rule, file, start_line, description }) =>
        [rule, `${file}:${start_line}`, description].join(' | '),
      ),
    ),
  );
}

describe('what was said falsely of files, languages and sentences', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });

  for (const { name, right, content, holds } of cases) {
    it(`${name}: ${right}`, () => {
      const result = run(content, { submission_type: 'project' });
      for (const part of holds.none ?? [])
        assert.deepEqual(
          factsOf(result).filter((fact) => fact.includes(part)),
          [],
        );
      if (holds.summary !== undefined) assert.match(result.summary, new RegExp(holds.summary));
      assertPaths(result, holds);
      for (const [path, reason] of Object.entries(holds.leftOut ?? {})) {
        const found = result.left_out?.find((file) => file.path === path);
        assert.ok(found?.reason.includes(reason), `${path}: ${found?.reason}`);
      }
      assertLanguages(result, holds);
    });
  }
});

function assertPaths({ path_scores, summary }: EngineResult, holds: Case['holds']): void {
  for (const { path, overall_score, reason } of path_scores) {
    if (holds.scored?.includes(path)) assert.notEqual(overall_score, null, `${path}: ${reason}`);
    if (holds.unscored?.includes(path)) assert.equal(overall_score, null, path);
    if (holds.noneReason !== undefined) assert.ok(!(reason ?? '').includes(holds.noneReason));
  }
  if (holds.files !== undefined)
    assert.match(summary, new RegExp(`in ${holds.files} files?:`), summary);
}

function assertLanguages(result: EngineResult, holds: Case['holds']): void {
  const languages = result.languages.map(({ language }) => language);
  if (holds.languages !== undefined) assert.deepEqual(languages, holds.languages);
  for (const language of holds.notLanguages ?? []) assert.ok(!languages.includes(language));
  if (holds.unjudged !== undefined)
    assert.deepEqual(
      result.unjudged_languages?.map(({ language }) => language),
      holds.unjudged,
    );
}
