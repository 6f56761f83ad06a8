/** What a challenge changes of a rubric: only what it may, and so that no two rubrics are taken for one. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assess } from '#src/engine/assess.ts';
import { pathNames, type AssessmentContent, type AssessmentInput } from '#src/engine/contract.ts';
import type { FileFacts } from '#src/engine/facts.ts';
import type { EngineResult } from '#src/engine/result-schema.ts';
import {
  adjustableThresholds,
  isReweighting,
  ownRubric,
  rubricChangesSchema,
  versionOf,
  type RubricChanges,
} from '#src/engine/rubric-changes.ts';
import { threshold, type Rubric } from '#src/engine/rubric.ts';
import { scoreUnder } from '#src/engine/score-under.ts';
import { publishedRubric, realFacts } from '#test/support/engine.ts';
import { sampleSubmissions } from '#test/validate/golden-corpus.ts';

const base = publishedRubric();
const schema = rubricChangesSchema(base);

function own(changes: RubricChanges, challenge = 'sorting'): Rubric {
  const asked = { base: '2026-12', challenge, changes };
  return ownRubric({ ...asked, version: versionOf(asked) }) ?? assert.fail();
}

/** The engine on files that are parsed once. */
async function engineByRubric() {
  const facts = await realFacts();
  const known = new Map<string, FileFacts>();
  const extract = ({ path, content }: { path: string; content: string }) => {
    const key = `${path}\n${content}`;
    const found = known.get(key) ?? facts(path, content);
    known.set(key, found);
    return found;
  };
  return (content: AssessmentContent, rubric: Rubric, changes: Partial<AssessmentInput> = {}) =>
    assess(
      {
        candidate_id: 'ada',
        submission_type: 'code',
        content,
        paths_to_evaluate: [...pathNames],
        options: {},
        ...changes,
      },
      { extract, rubric, grammarsHash: 'real' },
    ).result;
}

describe('a rubric of a challenge', () => {
  it('is the one of the service where it changes nothing, and another where it changes anything', () => {
    const same = own({});
    assert.ok(isReweighting(base, same));
    assert.deepEqual({ ...same.data, version: base.data.version }, base.data);
    assert.notEqual(same.hash, base.hash);
    const changes: RubricChanges[] = [
      {},
      { paths: { technical: { weight: 2 } } },
      { paths: { communication: { floor: null } } },
      { paths: { communication: { floor: 0 } } },
      { criteria: { technical: { tests: 0 } } },
      { thresholds: { cycle_cost: 7 } },
      { letters: { A: 80, B: 70, C: 60, D: 50, minimum_confidence: 0 } },
    ];
    const rubrics = changes.map((each) => own(each));
    assert.equal(new Set(rubrics.map(({ hash }) => hash)).size, changes.length);
    assert.equal(new Set(rubrics.map(({ data }) => data.version)).size, changes.length);
    assert.notEqual(own({}, 'parsing').data.version, same.data.version);
    assert.deepEqual(
      rubrics.map((each) => isReweighting(base, each)),
      [true, true, true, true, true, false, true],
    );
  });

  it('says what was changed, and keeps the rest', () => {
    const { data } = own({
      paths: { technical: { weight: 2 }, communication: { floor: null } },
      criteria: { technical: { tests: 40 } },
      thresholds: { cycle_cost: 7 },
    });
    const tests = data.paths.technical.metrics.find(({ name }) => name === 'tests');
    assert.deepEqual([data.paths.technical.weight, tests?.weight], [2, 40]);
    assert.equal(data.paths.communication.floor, undefined);
    assert.equal(data.thresholds['cycle_cost']?.value, 7);
    assert.deepEqual(data.paths.design, base.data.paths.design);
    assert.equal(base.data.paths.technical.weight, 1, 'the rubric of the service stays');
  });

  const refused: [string, unknown, string][] = [
    ['an unknown path', { paths: { style: { weight: 1 } } }, 'paths'],
    ['an unknown criterion', { criteria: { technical: { beauty: 1 } } }, 'criteria.technical'],
    ['a criterion of another path', { criteria: { design: { tests: 1 } } }, 'criteria.design'],
    ['a threshold of the service', { thresholds: { resamples: 9 } }, 'thresholds'],
    ['a threshold out of its range', { thresholds: { cycle_cost: 51 } }, 'thresholds.cycle_cost'],
    ['a negative weight', { criteria: { technical: { tests: -1 } } }, 'criteria.technical.tests'],
    ['letters that rise', { letters: { A: 50, B: 60, C: 40, D: 30 } }, 'letters'],
    [
      'a path in which nothing counts',
      {
        criteria: {
          problem_solving: { analysis: 0, approach: 0, debugging: 0, adaptability: 0 },
        },
      },
      'criteria.problem_solving',
    ],
    [
      'no path that counts',
      { paths: Object.fromEntries(pathNames.map((path) => [path, { weight: 0 }])) },
      'paths',
    ],
  ];
  for (const [what, changes, where] of refused) {
    it(`is refused with ${what}`, () => {
      const { success, error } = schema.safeParse(changes);
      assert.equal(success, false);
      assert.deepEqual(
        error?.issues.map(({ path }) => path.join('.')),
        [where],
      );
    });
  }

  it('may set thresholds that the rubric of the service has within their ranges', () => {
    for (const [name, [least, most]] of Object.entries(adjustableThresholds)) {
      const value = threshold(base, name);
      assert.ok(least <= value && value <= most && least < most, name);
    }
  });

  it('judges at either end of each threshold', async () => {
    const run = await engineByRubric();
    const samples = sampleSubmissions().filter(([name]) =>
      /submission\.json|python.*bad/.test(name),
    );
    assert.ok(samples.length >= 2, String(samples.length));
    const moved = new Set<string>();
    for (const [name, [least, most]] of Object.entries(adjustableThresholds)) {
      for (const [, content] of samples) {
        const [low, high] = [least, most].map((value) =>
          run(content, own({ thresholds: { [name]: value } })),
        );
        for (const result of [low, high]) {
          for (const { overall_score: score, metrics } of result?.path_scores ?? assert.fail()) {
            assert.ok(score === null || (score >= 0 && score <= 100), name);
            for (const metric of metrics) assert.ok((metric.score ?? 0) <= 100, name);
          }
        }
        if (low?.overall_score !== high?.overall_score) moved.add(name);
      }
    }
    assert.ok(moved.size > 10, [...moved].join(' '));
  });
});

describe('a stored result under other weights', () => {
  let run: Awaited<ReturnType<typeof engineByRubric>>;
  let samples: [AssessmentContent, EngineResult][];
  before(async () => {
    run = await engineByRubric();
    const all = sampleSubmissions().filter((_, index) => index % 6 === 0);
    const secret = {
      code: `TOKEN = "${['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_')}"\n`,
    };
    const contents = [...all.map(([, content]) => content), secret, { text: 'Nothing.' }];
    samples = contents.map((content) => [content, run(content, base)]);
  });

  const weight = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 }));
  const changes = fc.record<RubricChanges>(
    {
      paths: fc.record(
        Object.fromEntries(
          pathNames.map((path) => [
            path,
            fc.record(
              { weight, floor: fc.option(fc.integer({ min: 0, max: 100 })) },
              { requiredKeys: [] },
            ),
          ]),
        ),
        { requiredKeys: [] },
      ),
      criteria: fc.record(
        Object.fromEntries(
          pathNames.map((path) => [
            path,
            fc.record(
              Object.fromEntries(base.data.paths[path].metrics.map(({ name }) => [name, weight])),
              { requiredKeys: [] },
            ),
          ]),
        ),
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );

  it('scores what the engine gives under them, or says that it cannot tell', () => {
    let told = 0;
    let untold = 0;
    fc.assert(
      fc.property(
        changes.filter((each) => schema.safeParse(each).success),
        fc.nat(),
        fc.record({ design: fc.integer({ min: 1, max: 5 }) }, { requiredKeys: [] }),
        (drafted, at, weights) => {
          const [content, stored] = samples[at % samples.length] ?? assert.fail();
          const rubric = own(drafted);
          const found = scoreUnder(stored, { by: base, rubric }, weights);
          if (found === null) {
            untold += 1;
            return;
          }
          told += 1;
          const judged = run(content, rubric, { options: { weights } });
          assert.deepEqual(found, {
            overall: judged.overall_score,
            paths: judged.path_scores.map(({ path, overall_score: score }) => ({ path, score })),
          });
        },
      ),
      { numRuns: 60 },
    );
    assert.ok(told > 5 * untold, `${told} told, ${untold} not`);
  });
});
