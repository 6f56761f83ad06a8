import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { AssessmentResult } from '#src/features/assessments/assessment.ts';
import { renderReport } from '#src/features/reports/render.ts';
import { reportModel } from '#src/features/reports/report-model.ts';
import { reportFormatNames, type ReportFormatName } from '#src/features/reports/report-formats.ts';
import { realEngine } from '#test/support/engine.ts';
import { asStored, sampleResults } from './results.ts';
import {
  cellsOf,
  folded,
  toldByCsv,
  toldByGradescope,
  toldByHtml,
  toldByMarkdown,
  toldByResult,
  toldBySarif,
  type Told,
} from './told.ts';

/** Of a run. */
interface ToldBySarif {
  human_score?: number;
  paths: { human_score?: number }[];
}

/** Findings of a criterion that are told one by one. */
const ON_PAGE = 10;
const IN_MARKDOWN = 5;

describe('a report', () => {
  let results: ReadonlyMap<string, AssessmentResult>;
  before(async () => {
    results = await sampleResults();
  });

  /** How many findings of a criterion the result tells one by one. */
  const single =
    ({ path_scores }: AssessmentResult) =>
    (number: string) => {
      const [path = 0, metric = 0] = number.split('.').map(Number);
      const evidence = path_scores[path - 1]?.metrics[metric - 1]?.evidence ?? [];
      return evidence.filter(({ rule }) => rule !== 'further_facts').length;
    };

  const all = (result: AssessmentResult) => toldByResult(result);
  const first = (most: number) => (result: AssessmentResult) =>
    folded(toldByResult(result), most, single(result));
  const expectations = {
    html: [toldByHtml, first(ON_PAGE)],
    md: [toldByMarkdown, first(IN_MARKDOWN)],
    csv: [toldByCsv, all],
    sarif: [toldBySarif, all],
    gradescope: [toldByGradescope, all],
  } satisfies Record<string, [(text: string) => Told, (result: AssessmentResult) => Told]>;

  it('is tried on fifty results and more, of every kind', () => {
    assert.ok(results.size >= 50, String(results.size));
    const list = [...results.values()];
    const paths = list.flatMap(({ path_scores }) => path_scores);
    assert.ok(list.some(({ overall_score }) => overall_score === null));
    assert.ok(paths.some(({ overall_score }) => overall_score === null));
    assert.ok(paths.some(({ metrics }) => metrics.some(({ evidence }) => evidence.length > 20)));
    assert.ok(list.some(({ recommendations }) => recommendations.length > 0));
  });

  for (const format of reportFormatNames) {
    it(`tells the scores and points of the result: ${format}`, async () => {
      const [read, expected] = expectations[format];
      for (const [name, result] of results) {
        const told = read(await renderReport(format, result));
        assert.deepEqual(told, expected(result), name);
      }
    });

    it(`is the same text each time: ${format}`, async () => {
      const result = results.get('submission.json') ?? assert.fail();
      assert.equal(await renderReport(format, result), await renderReport(format, result));
    });
  }

  it('says why there is no score, and gives none', async () => {
    const result = results.get('not judged') ?? assert.fail();
    const reason = result.path_scores[0]?.reason ?? assert.fail();
    for (const format of reportFormatNames) {
      const text = await renderReport(format, result);
      assert.ok(text.replaceAll('\\', '').includes(reason), format);
    }
    const { score, tests } = JSON.parse(await renderReport('gradescope', result)) as {
      score?: number;
      tests: { score?: number }[];
    };
    assert.deepEqual([score, tests.filter((test) => test.score !== undefined)], [undefined, []]);
  });

  it('says that a serious finding holds a path', async () => {
    const result = results.get('a secret') ?? assert.fail();
    const { overall_score: score } = result.path_scores[0] ?? assert.fail();
    for (const format of ['html', 'md'] as const) {
      const text = (await renderReport(format, result)).replaceAll(/\s+/g, ' ');
      assert.match(text, new RegExp(`serious finding[^.]* holds the path at ${score}`), format);
    }
  });

  it('says of each path what it counts in the overall score: their mean is that score', () => {
    let raised = 0;
    for (const [name, result] of results) {
      const { paths, score } = reportModel(result);
      const counting = paths.flatMap((path) => path.countsAs ?? path.score ?? []);
      raised += paths.filter(({ countsAs }) => countsAs !== null).length;
      if (score === null) assert.deepEqual(counting, [], name);
      else {
        const mean = counting.reduce((sum, each) => sum + each, 0) / counting.length;
        assert.ok(Math.abs(mean - score) < 0.11, `${name}: ${mean} is not ${score}`);
      }
    }
    assert.ok(raised > 10);
  });

  it('tells the score of people beside that of the engine, which stays', async () => {
    const result = results.get('submission.json') ?? assert.fail();
    const human = {
      overall_score: 98.7,
      path_scores: result.path_scores.map(({ path, overall_score: score }) => ({
        path,
        score: path === 'technical' ? 97.6 : score,
      })),
    };
    const said: Record<ReportFormatName, (text: string) => [overall: unknown, technical: unknown]> =
      {
        html: (text) => [
          /class="appealed"[^>]*>[^<]*overall score is ([\d.]+)\./.exec(text)?.[1],
          />Technical<.*?; ([\d.]+) after appeals</s.exec(text)?.[1],
        ],
        md: (text) => [
          /^\*\*([\d.]+) after appeals\*\*$/m.exec(text)?.[1],
          /^\| Technical \(([\d.]+) after appeals\) \|/m.exec(text)?.[1],
        ],
        csv: (text) => {
          const [head = [], whole = [], path = []] = cellsOf(text);
          const at = head.indexOf('human_score');
          return [whole[at], path[at]];
        },
        sarif: (text) => {
          const { properties } =
            (JSON.parse(text) as { runs: { properties: ToldBySarif }[] }).runs[0] ?? assert.fail();
          const { human_score: overall, paths } = properties;
          return [overall, paths[0]?.human_score];
        },
        gradescope: (text) => {
          const { extra_data, tests, output } = JSON.parse(text) as {
            extra_data: { human_score: number };
            tests: { extra_data: { human_score?: number }; output: string }[];
            output: string;
          };
          assert.match(output, /overall score is 98\.7\./);
          assert.match(tests[0]?.output ?? '', /97\.6 after appeals/);
          return [extra_data.human_score, tests[0]?.extra_data.human_score];
        },
      };
    for (const format of reportFormatNames) {
      const text = await renderReport(format, result, human);
      assert.deepEqual(said[format](text).map(Number), [98.7, 97.6], format);
      const [read, expected] = expectations[format];
      assert.deepEqual(read(text), expected(result), `${format}: the engine's stay`);
      assert.equal(text.split('97.6').length, format === 'gradescope' ? 3 : 2, format);
      const plain = await renderReport(format, result);
      assert.doesNotMatch(plain, /after appeals|"human_score"|98\.7/, format);
    }
  });

  it('has what to do next with its gain, and where', async () => {
    const result = results.get('submission.json') ?? assert.fail();
    const page = await renderReport('html', result);
    for (const { gain } of result.recommendations) assert.ok(page.includes(`>+${gain}<`));
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id = '']) => id);
    assert.ok(links.some((id) => id.startsWith('f')));
    for (const [name, each] of results) {
      const text = await renderReport('html', each);
      for (const [, id = ''] of text.matchAll(/href="#([^"]+)"/g))
        assert.ok(text.includes(` id="${id}"`), `${name}: ${id}`);
    }
  });

  it('does without explanations where none were asked for', async () => {
    const result = results.get('no explanations') ?? assert.fail();
    for (const format of reportFormatNames) {
      const text = await renderReport(format, result);
      assert.doesNotMatch(text, /undefined|null<|\[object/, format);
    }
  });

  describe('as SARIF', () => {
    const schema = JSON.parse(
      readFileSync(
        new URL('../../fixtures/sarif/sarif-2.1.0.schema.json', import.meta.url),
        'utf8',
      ),
    ) as object;
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    const validate = ajv.compile(schema);

    interface Log {
      runs: {
        tool: { driver: { rules: { id: string }[] } };
        results: {
          ruleId: string;
          ruleIndex: number;
          partialFingerprints: Record<string, string>;
          locations?: { physicalLocation: { artifactLocation: { uri: string } } }[];
        }[];
      }[];
    }
    const logOf = async (result: AssessmentResult) =>
      JSON.parse(await renderReport('sarif', result)) as Log;
    const fingerprints = async (result: AssessmentResult) =>
      (await logOf(result)).runs[0]?.results.map(
        ({ partialFingerprints }) => partialFingerprints['sonoEvalFinding/v1'] ?? assert.fail(),
      ) ?? assert.fail();

    it('fits the schema of SARIF 2.1.0', async () => {
      for (const [name, result] of results) {
        assert.ok(validate(await logOf(result)), `${name}: ${JSON.stringify(validate.errors)}`);
      }
      assert.ok(!validate({ version: '2.1.0' }), 'a schema that refuses nothing');
    });

    it('names the rule of each result', async () => {
      const [run] = (await logOf(results.get('student 0') ?? assert.fail())).runs;
      for (const { ruleId, ruleIndex } of run?.results ?? assert.fail())
        assert.equal(run?.tool.driver.rules[ruleIndex]?.id, ruleId);
    });

    it('has a fingerprint for each finding, and no two alike', async () => {
      for (const [name, result] of results) {
        const found = await fingerprints(result);
        assert.equal(new Set(found).size, found.length, name);
      }
    });

    it('keeps fingerprints when lines move and another function is mended', async () => {
      const run = await realEngine();
      const function_ = (name: string, body: string) => `def ${name}(a, b):\n${body}\n\n`;
      const faulty = '    try:\n        return open(a).read()\n    except:\n        pass\n';
      const calm = '    total = 0\n    for one in a:\n        total += one * b\n    return total\n';
      const judged = (...parts: string[]) =>
        asStored(run({ files: [{ path: 'a.py', content: parts.join('') }] }));
      const before = judged(
        function_('load', faulty),
        function_('sums', faulty),
        function_('all', calm),
      );
      const moved = judged(
        '# A line.\n\n',
        function_('load', faulty),
        function_('sums', faulty),
        function_('all', calm),
      );
      const mended = judged(
        function_('load', faulty),
        function_('sums', calm),
        function_('all', calm),
      );
      assert.deepEqual(new Set(await fingerprints(moved)), new Set(await fingerprints(before)));
      const swallowed = (result: AssessmentResult) =>
        result.path_scores
          .flatMap(({ metrics }) => metrics.flatMap(({ evidence }) => evidence))
          .filter(({ type }) => type === 'swallowed_error');
      assert.deepEqual([swallowed(before).length, swallowed(mended).length], [2, 1]);
      const old = new Set(await fingerprints(before));
      const log = await logOf(mended);
      const still = log.runs[0]?.results.filter(({ ruleId }) => ruleId.includes('handler_')) ?? [];
      assert.equal(still.length, 1);
      for (const { partialFingerprints } of still)
        assert.ok(old.has(partialFingerprints['sonoEvalFinding/v1'] ?? ''));
    });

    it('writes each path of a file as a relative reference', async () => {
      const run = await realEngine();
      const content = 'def a(x):\n    return eval(x)\n\n\ndef b(y):\n    return eval(y)\n';
      const path = 'c:d/ä b#?%.py';
      const log = await logOf(asStored(run({ files: [{ path, content }] })));
      const uris = new Set(
        log.runs[0]?.results.flatMap(({ locations = [] }) =>
          locations.map(({ physicalLocation }) => physicalLocation.artifactLocation.uri),
        ),
      );
      assert.deepEqual([...uris], ['c%3Ad/%C3%A4%20b%23%3F%25.py']);
    });
  });

  it('as CSV has one width, numbers as numbers, and no formula', async () => {
    const result = structuredClone(results.get('student 0') ?? assert.fail());
    const item = result.path_scores[0]?.metrics[0]?.evidence[0] ?? assert.fail();
    Object.assign(item, { description: '=HYPERLINK("//a","b")', file: '@x.py', points: -2.5 });
    const [header = [], ...rows] = cellsOf(await renderReport('csv', result));
    for (const row of rows) assert.equal(row.length, header.length);
    for (const cell of rows.flat()) assert.match(cell, /^(?:-?[\d.]+$|[^=+\-@\t\r]|$)/);
    const row = rows.find((cells) => cells[0] === '1.1.1') ?? assert.fail();
    const cell = (name: string) => row[header.indexOf(name)];
    assert.deepEqual(
      [cell('text'), cell('file'), cell('points')],
      ['\'=HYPERLINK("//a","b")', "'@x.py", '-2.5'],
    );
  });

  it('as results.json carries each weight once, and text alone', async () => {
    const result = results.get('submission.json') ?? assert.fail();
    const text = await renderReport('gradescope', result);
    const weights = text.match(/"weight":/g)?.length;
    assert.equal(
      weights,
      result.path_scores.reduce((sum, { metrics }) => sum + metrics.length, 0),
    );
    const { tests } = JSON.parse(text) as { tests: { output: string; visibility: string }[] };
    for (const { output, visibility } of tests) {
      assert.ok(output.length > 0);
      assert.equal(visibility, 'visible');
    }
  });
});
