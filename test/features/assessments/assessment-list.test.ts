/** That a list is what it is asked for, page by page, and that a page costs the same wherever it lies. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  listAssessments,
  listStatement,
  type ListQuery,
} from '#src/features/assessments/assessment-list.ts';
import { candidateAssessments } from '#src/features/assessments/candidate-assessments.ts';
import { testDatabase } from '#test/support/database.ts';

interface Stored {
  candidate: 'ada' | 'bob' | 'eve';
  challenge: 'sorting' | 'parsing' | null;
  labels: string[];
  input: 'x' | 'y';
  overall: number | null;
  design: number | null;
  day: number;
}

/** Few values, so that many are equal. */
const score = fc.option(fc.constantFrom(0, 12.5, 66.66666666666667, 77.1, 100));
const stored = fc.record<Stored>({
  candidate: fc.constantFrom('ada', 'bob', 'eve'),
  challenge: fc.constantFrom('sorting', 'parsing', null),
  labels: fc.subarray(['7b', 'ä?']),
  input: fc.constantFrom('x', 'y'),
  overall: score,
  design: score,
  day: fc.integer({ min: 1, max: 4 }),
});
const wanted = fc.record<Omit<ListQuery, 'limit' | 'cursor'>>(
  {
    sort: fc.constantFrom('score', '-score', 'timestamp', '-timestamp'),
    challenge: fc.constantFrom('sorting', 'none of them'),
    label: fc.constantFrom('7b', 'ä?'),
    candidate_id: fc.constant('ada'),
    path: fc.constant('design'),
    min_score: fc.constantFrom(0, 66.66666666666667),
    max_score: fc.constant(77.1),
    from: fc.constant(new Date(Date.UTC(2026, 0, 2))),
    to: fc.constant(new Date(Date.UTC(2026, 0, 3, 12))),
  },
  { requiredKeys: [] },
);
const everybody = { within: null, reviews: true };
const idOf = (i: number) => `assess_01999999-9999-7999-9999-${String(i).padStart(12, '0')}`;
const timeOf = ({ day }: Stored) => Date.UTC(2026, 0, day, 12);

/** The same without SQL: the ids. */
function byHand(list: Stored[], query: Omit<ListQuery, 'limit'>): string[] {
  const { sort = '-timestamp', path, min_score: min, max_score: max } = query;
  const scoreOf = (item: Stored) => (path === undefined ? item.overall : item.design);
  const down = sort.startsWith('-') ? -1 : 1;
  return list
    .map((item, i) => ({ item, id: idOf(i), score: scoreOf(item), time: timeOf(item) }))
    .filter(({ item, score, time }) => {
      if (query.challenge !== undefined && item.challenge !== query.challenge) return false;
      if (query.label !== undefined && !item.labels.includes(query.label)) return false;
      if (query.candidate_id !== undefined && item.candidate !== query.candidate_id) return false;
      if (min !== undefined && (score === null || score < min)) return false;
      if (max !== undefined && (score === null || score > max)) return false;
      return (
        (query.from === undefined || time >= query.from.getTime()) &&
        (query.to === undefined || time <= query.to.getTime())
      );
    })
    .sort((a, b) => {
      const byId = (a.id < b.id ? -1 : 1) * down;
      if (!sort.endsWith('score')) return (a.time - b.time) * down || byId;
      if (a.score === null || b.score === null) {
        return Number(a.score === null) - Number(b.score === null) || byId;
      }
      return (a.score - b.score) * down || byId;
    })
    .map(({ id }) => id);
}

describe('a list of assessments', () => {
  const database = testDatabase();
  const em = () => database.db.em();

  async function store(list: Stored[]): Promise<void> {
    await em().execute(`truncate candidates cascade`);
    await em().execute(
      `insert into candidates (id, initial_data, created_at, display_name)
       values ('ada', '{}', now(), 'Ada'), ('bob', '{}', now(), null), ('eve', '{}', now(), null)`,
    );
    for (const [i, item] of list.entries()) {
      const { candidate, challenge, labels, input, overall, design } = item;
      const at = new Date(timeOf(item));
      await em().execute(
        `insert into assessments (id, candidate_id, submission_type, challenge, overall_score, input_sha256, created_at, input, result)
         values (?, ?, 'code', ?, ?, ?, ?, '{}', '{}')`,
        [idOf(i), candidate, challenge, overall, input, at],
      );
      await em().execute(
        `insert into assessment_path_scores (assessment_id, path, score, confidence, challenge) values (?, 'design', ?, 1, ?)`,
        [idOf(i), design, challenge],
      );
      for (const label of labels) {
        await em().execute(
          'insert into assessment_labels (assessment_id, label, score, created_at) values (?, ?, ?, ?)',
          [idOf(i), label, overall, at],
        );
      }
    }
  }

  it('has what was asked for, in its order, each once, whatever the page', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(stored, { maxLength: 9 }),
        fc.array(wanted, { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 4 }),
        async (list, queries, limit) => {
          await store(list);
          for (const query of queries) {
            const seen: string[] = [];
            let cursor: string | undefined;
            do {
              const page = await listAssessments(em(), { ...query, limit, cursor }, everybody);
              assert.ok(page.items.length <= limit);
              seen.push(...page.items.map(({ assessment_id }) => assessment_id));
              cursor =
                page.next_cursor === null
                  ? undefined
                  : Buffer.from(page.next_cursor, 'base64url').toString();
            } while (cursor !== undefined);
            assert.deepEqual(seen, byHand(list, query), JSON.stringify(query));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('counts others with the same submission in the same challenge, for reviewers', async () => {
    const item = { labels: [], overall: 1, design: 1, day: 1 };
    await store([
      { ...item, candidate: 'ada', challenge: 'sorting', input: 'x' },
      { ...item, candidate: 'ada', challenge: 'sorting', input: 'x' },
      { ...item, candidate: 'bob', challenge: 'sorting', input: 'x' },
      { ...item, candidate: 'eve', challenge: 'sorting', input: 'y' },
      { ...item, candidate: 'eve', challenge: 'parsing', input: 'x' },
      { ...item, candidate: 'eve', challenge: null, input: 'x' },
    ]);
    const query = { limit: 10, sort: 'timestamp' } as const;
    const { items } = await listAssessments(em(), query, everybody);
    assert.deepEqual(
      items.map(({ same_input: same }) => same),
      [1, 1, 1, 0, 0, null],
    );
    const others = await listAssessments(em(), query, { within: null, reviews: false });
    assert.ok(others.items.every((each) => !('same_input' in each)));
  });

  describe('of twenty thousand', () => {
    before(async () => {
      await em().execute('truncate candidates cascade');
      await em().execute(
        `insert into candidates (id, initial_data, created_at) select 'c' || n, '{}', now() from generate_series(0, 499) n`,
      );
      // In parts, each of which stays far below the time that a statement has.
      for (let from = 0; from < 20_000; from += 4000) {
        await em().execute(
          `insert into assessments (id, candidate_id, submission_type, challenge, overall_score, input_sha256, created_at, input, result)
           select 'assess_01999999-9999-7999-9999-' || lpad(n::text, 12, '0'), 'c' || case when n < 1000 then 0 else n % 500 end, 'code', 'task ' || n % 20,
             case when n % 9 > 0 then (n * 7919) % 1000 / 10.0 end, n, timestamptz '2026-01-01' + n * interval '1 minute', '{}', '{}'
           from generate_series(?::int, ?::int) n`,
          [from, from + 3999],
        );
        const part = `(select * from assessments where input_sha256::int between ${from} and ${from + 3999}) part`;
        await em().execute(
          `insert into assessment_path_scores (assessment_id, path, score, confidence, challenge)
           select id, path, overall_score, 1, challenge from ${part}, unnest(array['technical', 'design']) path`,
        );
        await em().execute(
          `insert into assessment_labels (assessment_id, label, score, created_at)
           select id, 'class ' || hashtext(id) % 20, overall_score, created_at from ${part}`,
        );
      }
      await em().execute('vacuum analyze');
    });

    it('reads the statistics of a person along an index, though many of the oldest are theirs', async () => {
      let explained: unknown[] = [];
      const explaining = {
        execute: async (text: string, parameters: unknown[]) => {
          explained = await em().execute(`explain (format json) ${text}`, parameters);
          return [{ means: [] }];
        },
      } as unknown as ReturnType<typeof em>;
      for (const path of [undefined, 'design']) {
        await candidateAssessments.stats(explaining, 'c0', { path });
        const plan = JSON.stringify(explained);
        const scans = plan.match(/(?<="Index Name":")assessments_\w+(?=")/g) ?? [];
        assert.deepEqual([...new Set(scans)], ['assessments_candidate_id_id_index'], String(path));
        assert.doesNotMatch(plan, /Seq Scan/);
      }
    });

    const filters: Record<string, Partial<ListQuery>> = {
      everything: {},
      'a challenge': { challenge: 'task 7' },
      'a label': { label: 'class 7' },
      'a path': { path: 'design' },
      'a path in a challenge': { path: 'design', challenge: 'task 7' },
      'a range of scores in a challenge': { challenge: 'task 7', min_score: 20, max_score: 70 },
    };
    const orders = ['timestamp', '-timestamp', 'score', '-score'] as const;
    const middle = { key: 50, id: idOf(10_000) };
    for (const [name, filter] of Object.entries(filters)) {
      it(`reads ${name} along an index in every order, and sorts nothing`, async () => {
        for (const sort of orders) {
          const query = { ...filter, sort, limit: 21 };
          const positions = sort.endsWith('score')
            ? ([
                ['valued', undefined],
                ['valued', middle],
                ['null', { key: null, id: middle.id }],
              ] as const)
            : ([
                ['valued', undefined],
                ['valued', { key: Date.UTC(2026, 0, 7), id: middle.id }],
              ] as const);
          for (const [segment, after] of positions) {
            if (segment === 'null' && filter.min_score !== undefined) continue;
            const [text, ...parameters] = listStatement(query, everybody, segment, after);
            const plan = await em().execute<{ 'QUERY PLAN': { Plan: Node }[] }[]>(
              `explain (format json) ${text}`,
              parameters,
            );
            const used = nodesOf(plan[0]?.['QUERY PLAN'][0]?.Plan ?? assert.fail());
            const slow = used.filter((type) => /Seq Scan|^Sort|Incremental|Bitmap|Hash/.test(type));
            assert.deepEqual(
              slow,
              [],
              `${sort} ${segment} ${JSON.stringify(after)}: ${used.join(', ')}`,
            );
          }
        }
      });
    }
  });
});

interface Node {
  'Node Type': string;
  'Parent Relationship'?: string;
  Plans?: Node[];
}

/** Those of subqueries, which are asked for each row of the page, may sort what they find; none reads a whole table. */
function nodesOf(node: Node): string[] {
  return [node['Node Type'], ...(node.Plans ?? []).flatMap(below)];
}

function below(plan: Node): string[] {
  const nodes = nodesOf(plan);
  return plan['Parent Relationship'] === 'SubPlan'
    ? nodes.filter((type) => type === 'Seq Scan')
    : nodes;
}
