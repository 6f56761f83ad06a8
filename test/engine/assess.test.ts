import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import fc from 'fast-check';

import type { AssessmentContent } from '#src/engine/contract.ts';
import type { EngineResult } from '#src/engine/result-schema.ts';
import { assess, AssessmentCancelled } from '#src/engine/assess.ts';
import type { FileFacts, FunctionFacts } from '#src/engine/facts.ts';
import {
  engineOnFacts,
  metricOf,
  pathOf,
  publishedRubric,
  realEngine,
} from '#test/support/engine.ts';
import {
  fileFacts,
  functionFacts,
  identifierFacts,
  smellFacts,
  testCaseFacts,
} from '#test/support/facts.ts';

const good = readFileSync(new URL('../fixtures/samples/python/good.py', import.meta.url), 'utf8');
const other = readFileSync(
  new URL('../fixtures/samples/typescript/good.ts', import.meta.url),
  'utf8',
);

const explanation = `I kept \`parse_line\` apart from \`total_by_product\` because a broken line should name
its own fault. The report reads the file once, so 40,000 lines take about 60 ms on my laptop instead of
900 ms with a list search. When the file is absent, \`read_lines\` returns an empty list, since a day
without sales is not an error. I considered a database, but for 3 columns and one query the set-up costs
more than it saves. For example, the line \`pen,-1,2\` raises \`InvalidLineError\` before it can spoil the total.`;

/** In every metric the arithmetic closes, and every number stays on its scale. */
function assertSound(result: EngineResult): void {
  for (const path of result.path_scores) {
    assert.ok(
      path.confidence >= 0 && path.confidence <= 1,
      `${path.path} confidence ${path.confidence}`,
    );
    if (path.overall_score === null) {
      assert.equal(path.status, 'insufficient_evidence');
      assert.equal(path.confidence, 0);
      assert.ok((path.reason ?? '').length > 10, `${path.path} has a reason`);
    } else {
      assert.ok(path.overall_score >= 0 && path.overall_score <= 100);
      const [low, high] = path.interval ?? [NaN, NaN];
      assert.ok(low <= path.overall_score && path.overall_score <= high && low >= 0 && high <= 100);
    }
    for (const metric of path.metrics) {
      assert.ok(metric.evidence.length <= 200);
      if (metric.score === null) continue;
      assert.ok(metric.score >= 0 && metric.score <= 100, `${metric.name} ${metric.score}`);
      const total = metric.evidence.reduce((sum, item) => sum + item.points, metric.base);
      assert.ok(
        Math.abs(total - metric.score) < 0.1,
        `${metric.name}: ${total} is not ${metric.score}`,
      );
    }
  }
}

const randomFunction = fc
  .record({
    name: fc.constantFrom('parse', 'load', 'save', 'x', 'total', 'merge'),
    cognitive: fc.nat(80),
    nloc: fc.integer({ min: 1, max: 300 }),
    statements: fc.nat(200),
    maxNesting: fc.nat(9),
    cyclomatic: fc.integer({ min: 1, max: 60 }),
    throws: fc.nat(3),
    trivial: fc.boolean(),
    public: fc.boolean(),
    performsIo: fc.boolean(),
    startLine: fc.integer({ min: 1, max: 400 }),
  })
  .map((changes): FunctionFacts =>
    functionFacts({ ...changes, endLine: changes.startLine + changes.nloc }),
  );

const randomFile = fc
  .record({
    path: fc.constantFrom('a.py', 'b.py', 'lib/c.py', 'd_test.py', 'lib/e.py'),
    functions: fc.array(randomFunction, { maxLength: 12 }),
    nloc: fc.nat(3000),
    role: fc.constantFrom('source', 'test', 'config', 'docs', 'generated') as fc.Arbitrary<
      FileFacts['role']
    >,
    errorShare: fc.constantFrom(0, 0.1, 0.9),
    languageCertainty: fc.constantFrom(0.4, 1),
    smells: fc.array(
      fc
        .record({
          rule: fc.constantFrom('live-secret', 'debug-output', 'sql-injection', 'sort-in-loop'),
          group: fc.constantFrom('correctness', 'security', 'cost', 'hygiene'),
          severity: fc.integer({ min: 1, max: 5 }),
          startLine: fc.integer({ min: 1, max: 400 }),
        })
        .map((changes) => smellFacts({ ...changes, endLine: changes.startLine })),
      { maxLength: 250 },
    ),
    identifiers: fc.array(
      fc
        .record({
          name: fc.constantFrom('a', 'data2', 'total', 'qrs', 'valueOf'),
          scopeLines: fc.nat(90),
        })
        .map(identifierFacts),
      { maxLength: 30 },
    ),
    tests: fc.array(
      fc
        .record({
          calls: fc.subarray(['parse', 'load', 'save']),
          effective: fc.boolean(),
          negative: fc.boolean(),
          shape: fc.constantFrom('a', 'b'),
        })
        .map(({ effective, negative, ...rest }) =>
          testCaseFacts({ ...rest, assertions: [{ line: 1, effective, negative }] }),
        ),
      { maxLength: 6 },
    ),
    guard: fc.constantFrom('typed', 'generic', 'propagated', 'none'),
    sites: fc.nat(5),
  })
  .map(({ guard, sites, ...changes }): FileFacts =>
    fileFacts({
      ...changes,
      fallible: Array.from(
        { length: sites },
        (_, index) => ({ line: index + 1, kind: 'io', call: 'open', guard }) as never,
      ),
      handlers: Array.from({ length: sites % 3 }, (_, index) => ({
        startLine: index + 1,
        endLine: index + 2,
        kind: 'empty',
        types: [],
        shape: '',
      })),
    }),
  );

describe('assess', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });

  it('closes the arithmetic of every metric, whatever the facts', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(randomFile, { maxLength: 5, selector: ({ path }) => path }),
        fc.boolean(),
        (facts, prose) => {
          assertSound(engineOnFacts(facts)(prose ? { explanation } : {}));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives the same bytes for the same input', () => {
    const content: AssessmentContent = { code: good, explanation };
    assert.equal(JSON.stringify(run(content)), JSON.stringify(run(content)));
  });

  it('does not mind the order of files', () => {
    const files = [
      { path: 'a.py', content: good },
      { path: 'b.ts', content: other },
      { path: 'README.md', content: `# Sales\n\n${explanation}` },
    ];
    assert.deepEqual(run({ files: files.toReversed() }), run({ files }));
  });

  it('does not mind CRLF and byte order marks', () => {
    const plain = run({ files: [{ path: 'a.py', content: good }], explanation });
    const windows = run({
      files: [{ path: 'a.py', content: `\uFEFF${good.replaceAll('\n', '\r\n')}` }],
      explanation: explanation.replaceAll('\n', '\r\n'),
    });
    assert.deepEqual(windows, plain);
  });

  it('names a submission without a path `code` in its evidence', () => {
    const result = run({ code: good });
    const files = new Set(
      result.path_scores.flatMap(({ metrics }) =>
        metrics.flatMap(({ evidence }) => evidence.map(({ file }) => file)),
      ),
    );
    assert.ok(files.has('code'));
    assert.deepEqual(result.languages, [{ language: 'python', share: 1 }]);
    assertSound(result);
  });

  it('tells the weight of a metric once, with the metric', () => {
    const result = run({ code: good });
    for (const { metrics } of result.path_scores)
      for (const metric of metrics)
        assert.equal(JSON.stringify(metric).match(/"weight":/g)?.length, 1, metric.name);
  });

  it('says where a quotation is cut, be it within one line', () => {
    const long = run({ code: `def a(x):\n    return eval("${'y'.repeat(500)}" + x)\n` });
    const snippets = long.path_scores
      .flatMap(({ metrics }) => metrics.flatMap(({ evidence }) => evidence))
      .flatMap(({ snippet }) => snippet ?? []);
    const cut = snippets.filter((snippet) => snippet.includes('yyy'));
    assert.ok(cut.length > 0);
    for (const snippet of cut) assert.ok(snippet.endsWith('…') && snippet.length <= 400);
  });

  it('shows lines and a short snippet with each fact that comes from a file', () => {
    const result = run({ files: [{ path: 'a.py', content: good }] });
    for (const { evidence } of result.path_scores.flatMap(({ metrics }) => metrics)) {
      for (const item of evidence.filter(({ file }) => file !== null)) {
        assert.ok((item.start_line ?? 0) >= 1 && (item.end_line ?? 0) >= (item.start_line ?? 0));
        assert.ok(
          item.snippet !== null &&
            item.snippet.length <= 400 &&
            item.snippet.split('\n').length <= 12,
        );
      }
    }
  });

  it('scores prose alone on communication and says why the code paths have no score', () => {
    const result = run({ explanation });
    assert.ok(
      (pathOf(result, 'communication').overall_score ?? 0) > 55,
      JSON.stringify(pathOf(result, 'communication').overall_score),
    );
    for (const path of ['technical', 'design', 'collaboration', 'problem_solving'] as const) {
      assert.equal(pathOf(result, path).overall_score, null);
      assert.match(pathOf(result, path).reason ?? '', /no code/);
    }
    assert.equal(result.overall_score, pathOf(result, 'communication').overall_score);
    assertSound(result);
  });

  const unreadable: [string, AssessmentContent, RegExp][] = [
    ['bytes sent as code', { code: '\u0000\u0001\uFFFD\u0002abc'.repeat(50) }, /not text/],
    [
      'text that no grammar accepts',
      { files: [{ path: 'a.py', content: ')) ((( def ::: = ] [ %% class\n'.repeat(30) }] },
      /pars|judge/,
    ],
    ['an empty file', { files: [{ path: 'a.py', content: '' }] }, /code|statements/],
    [
      'one comment',
      { code: '# scalable robust clean architecture with tests and microservices' },
      /./,
    ],
  ];
  for (const [what, content, reason] of unreadable) {
    it(`gives no score to ${what}`, () => {
      const result = run(content);
      assert.equal(result.overall_score, null);
      assert.equal(result.confidence, 0);
      assert.equal(result.dominant_path, null);
      assert.deepEqual(result.recommendations, []);
      for (const path of result.path_scores) assert.equal(path.overall_score, null);
      assert.match(pathOf(result, 'technical').reason ?? '', reason);
      assertSound(result);
    });
  }

  it('does not invent a design from two functions', () => {
    const two = good.split('\ndef best_sellers')[0] ?? '';
    const design = pathOf(run({ code: two }), 'design');
    assert.equal(design.overall_score, null);
    assert.match(design.reason ?? '', /three functions/);
  });

  it('leaves communication out when there are fewer than sixty words of English', () => {
    const french =
      'Le fichier est lu une seule fois et chaque ligne est vérifiée avant le calcul du total des ventes. '.repeat(
        8,
      );
    for (const text of ['It works because the set is fast.', french]) {
      const path = pathOf(run({ code: good, text }), 'communication');
      assert.equal(path.overall_score, null);
      assert.match(path.reason ?? '', /60/);
    }
  });

  it('subtracts what the candidate was given', () => {
    const files = [
      { path: 'given.py', content: good },
      { path: 'own.ts', content: other },
    ];
    const result = run({ files, template_files: [{ path: 'given.py', content: good }] });
    assert.deepEqual(
      result.languages.map(({ language }) => language),
      ['typescript'],
    );
  });

  it('weighs the overall score as asked and leaves out paths of weight 0', () => {
    const weights = { technical: 1, design: 0, collaboration: 0, problem_solving: 0 };
    const weighted = run(
      { code: good },
      { options: { weights: { ...weights, communication: 0 } } },
    );
    const technical = pathOf(weighted, 'technical').overall_score ?? NaN;
    assert.equal(weighted.overall_score, technical);
    const silent = run({ code: good }, { options: { weights } });
    assert.ok(Math.abs((silent.overall_score ?? 0) - (technical + 40) / 2) <= 0.1);
    assert.match(
      silent.summary,
      /in the mean at 40, since what is missing must not pay: communication/,
    );
  });

  it('shows every factor of a confidence: their product is the confidence', () => {
    for (const { path, confidence, confidence_parts, overall_score } of run({ code: good })
      .path_scores) {
      if (overall_score === null) continue;
      assert.deepEqual(Object.keys(confidence_parts), [
        'coverage',
        'integrity',
        'stability',
        'sample',
        ...(path === 'collaboration' ? ['documents'] : []),
        'calibration',
      ]);
      const product = Object.values(confidence_parts).reduce((total, part) => total * part, 1);
      assert.ok(Math.abs(product - confidence) < 0.001, `${product} shown as ${confidence}`);
    }
  });

  it('says the same interval and confidence of the same code in another layout', () => {
    const said = (code: string) =>
      run({ code }).path_scores.map(({ interval, confidence }) => [interval, confidence]);
    assert.deepEqual(said(other.replaceAll(';\n', ';\n\n').replaceAll('  ', '\t')), said(other));
  });

  it('evaluates the paths asked for, in their order', () => {
    const result = run({ code: good }, { paths_to_evaluate: ['design', 'technical'] });
    assert.deepEqual(
      result.path_scores.map(({ path }) => path),
      ['design', 'technical'],
    );
  });

  it('leaves texts out when explanations are off, and nothing else', () => {
    const result = run({ code: good }, { options: { include_explanations: false } });
    const metric = metricOf(result, 'technical', 'complexity');
    assert.equal(metric.explanation, '');
    for (const item of metric.evidence)
      assert.equal(item.description + String(item.snippet), 'null');
    assertSound(result);
  });

  it('passes the stages in order and stops when it is cancelled', () => {
    const stages: string[] = [];
    const input = {
      candidate_id: 'c',
      submission_type: 'code' as const,
      content: { files: [{ path: 'a.py', content: 'x' }] },
      paths_to_evaluate: ['technical' as const],
      options: {},
    };
    const deps = {
      extract: () => fileFacts({ path: 'a.py' }),
      rubric: publishedRubric(),
      grammarsHash: '',
    };
    assess(input, { ...deps, onStage: (stage) => stages.push(stage) });
    assert.deepEqual(stages, [
      'intake',
      'facts',
      'prose',
      'metrics',
      'score',
      'confidence',
      'explain',
      'seal',
    ]);
    let asked = 0;
    assert.throws(
      () => assess(input, { ...deps, cancelled: () => ++asked > 3 }),
      AssessmentCancelled,
    );
  });

  it('tells inputs apart by content, options and grammars, not by candidate', () => {
    const hash = (changes: object, content: AssessmentContent = { code: good }): string =>
      run(content, changes).input_sha256;
    assert.equal(hash({ candidate_id: 'someone-else' }), hash({}));
    assert.notEqual(hash({}, { code: `${good}\n` }), hash({}));
    assert.notEqual(hash({ options: { weights: { technical: 2 } } }), hash({}));
  });
});
