import assert from 'node:assert/strict';

import { criterionCatalogue } from '#src/engine/criteria/catalogue.ts';
import { scorePath, rescorePath } from '#src/engine/score.ts';
import { recommend, remedied } from '#src/engine/recommendations.ts';
import { buildSubmission } from '#src/engine/submission/submission.ts';
import { readProse } from '#src/engine/prose/prose.ts';
import type { FileFacts } from '#src/engine/facts.ts';
import { engineOnFacts, pathOf, publishedRubric } from '#test/support/engine.ts';
import { fileFacts, functionFacts, smellFacts } from '#test/support/facts.ts';

const rubric = publishedRubric();
const names = ['load', 'parse', 'merge', 'report'];
const functions = names.map((name, index) =>
  functionFacts({ name, startLine: index * 12 + 1, endLine: index * 12 + 10 }),
);

function fileWith(changes: Partial<FileFacts>): FileFacts {
  return fileFacts({ nloc: 200, functions, ...changes });
}

describe('recommendations', () => {
  it('promise exactly what scoring the changed facts gives', () => {
    const secret = smellFacts({
      rule: 'live-secret',
      group: 'security',
      severity: 5,
      startLine: 7,
      endLine: 7,
    });
    const before = engineOnFacts([fileWith({ smells: [secret] })])();
    const after = engineOnFacts([fileWith({})])();
    const [first] = before.recommendations.filter(({ metric }) => metric === 'security');
    const gain =
      (pathOf(after, 'technical').overall_score ?? 0) -
      (pathOf(before, 'technical').overall_score ?? 0);
    assert.ok(first && gain > 4, `gain ${gain}`);
    assert.ok(Math.abs(first.gain - gain) < 0.06, `${first.gain} promised, ${gain} found`);
    assert.equal(first.start_line, 7);
  });

  it('are at most three, largest gain first, and each gains something', () => {
    const smells = Array.from({ length: 9 }, (_, index) =>
      smellFacts({ severity: (index % 5) + 1, startLine: index + 1, endLine: index + 1 }),
    );
    const { recommendations } = engineOnFacts([fileWith({ smells })])();
    assert.equal(recommendations.length, 3);
    const gains = recommendations.map(({ gain }) => gain);
    assert.deepEqual(
      gains,
      gains.toSorted((a, b) => b - a),
    );
    assert.ok(gains.every((gain) => gain > 0));
  });

  it('quote a gain that re-scoring without the defect confirms', () => {
    const facts = [fileWith({ smells: [smellFacts({ severity: 5 })] })];
    const intake = { files: [], templates: [], texts: [], unreadable: [], commits: [] };
    const submission = buildSubmission(
      { intake, facts, templateFacts: [], prose: readProse([], rubric), submissionType: 'code' },
      rubric,
    );
    const scored = scorePath('technical', criterionCatalogue.technical, { submission, rubric });
    const found = recommend([scored], rubric).find(({ metric }) => metric === 'correctness');
    const correctness = scored.metrics.find(({ spec }) => spec.name === 'correctness')?.draft;
    assert.ok(correctness?.applicable);
    const better = rescorePath(scored, new Set(correctness.observations), remedied);
    assert.ok(found && better !== null && scored.score !== null);
    assert.ok(Math.abs(better - scored.score - found.gain) < 0.05);
  });

  it('group the first tests into one piece of work', () => {
    const { recommendations } = engineOnFacts([fileWith({})])();
    const tests = recommendations.filter(({ metric }) => metric === 'tests');
    assert.equal(tests.length, 1);
    assert.match(tests[0]?.text ?? '', /`load`, `merge`, `parse` and the other/);
  });

  it('name a file that its author named, and no other', () => {
    const docs = (path: string): string =>
      engineOnFacts([fileWith({ path })])().recommendations.find(
        ({ metric, text }) => metric === 'documentation' && text.includes('doc block'),
      )?.text ?? '';
    assert.match(docs('work.py'), / and 1 more of work\.py promise/);
    assert.match(docs('code'), / and 1 more of the code promise/);
  });
});
