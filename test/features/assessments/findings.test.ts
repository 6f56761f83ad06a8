/** Three versions of one project: what a reader who has all three before them would call fixed, persisting and new. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  findingChanges,
  type Finding,
  type FindingChanges,
  type Version,
} from '#src/features/assessments/findings.ts';
import { realEngine } from '#test/support/engine.ts';

interface Submitted {
  files: { path: string; content: string[] }[];
}

const shop = JSON.parse(readFileSync('test/fixtures/versions/shop.json', 'utf8')) as Submitted[];

describe('findings over the versions of a project', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  const judged = (
    { files }: Submitted,
    id: string,
    change: (text: string) => string = (text) => text,
    options: object = {},
  ): Version => ({
    assessment_id: id,
    ...run(
      { files: files.map(({ path, content }) => ({ path, content: change(content.join('\n')) })) },
      { submission_type: 'project', options },
    ),
  });
  let versions: Version[];
  let second: FindingChanges;
  let third: FindingChanges;
  const changes = (...list: Version[]): FindingChanges => {
    const found = findingChanges(list);
    assert.ok(found !== null);
    return found;
  };
  before(async () => {
    run = await realEngine();
    versions = shop.map((version, index) => judged(version, `v${index + 1}`));
    second = changes(...versions.slice(0, 2));
    third = changes(...versions);
  });

  /** As a reader would point at it: the rule and the function, or the first words of the sentence. */
  const has = (list: readonly Finding[], rule: string, words: string) =>
    list.some((one) => one.rule === rule && one.description.includes(words));
  const rules = (list: readonly Finding[]) => new Set(list.map(({ rule }) => rule));

  it('are fixed when their place is mended, whatever moves around it', () => {
    for (const rule of [
      'mutable-default',
      'unclosed-resource',
      'swallowed-everything',
      'bare-except',
    ]) {
      assert.ok(rules(second.fixed).has(rule), rule);
      assert.ok(!rules(second.persisting).has(rule), rule);
    }
    assert.ok(has(second.fixed, 'no_doc_block', '`load`'));
    assert.ok(has(second.fixed, 'no_doc_block', '`total`'));
  });

  it('persist in a function that was only edited, on other lines, and in another file', () => {
    assert.ok(has(second.persisting, 'cognitive_complexity', '`discount`'), 'edited');
    assert.ok(has(second.persisting, 'compare-to-none', 'None is compared'), 'on another line');
    assert.ok(has(second.persisting, 'shell-command', 'shell'), 'on another line');
    const moved = second.persisting.find(({ rule }) => rule === 'string-append-in-loop');
    assert.deepEqual([moved?.file, moved?.since], ['labels.py', 'v1'], 'in another file');
  });

  it('are new when the version brings them', () => {
    assert.deepEqual(
      second.new.map(({ rule, description }) => [rule, /`(\w+)`/.exec(description)?.[1]]),
      [
        ['untyped_signature', 'archive_name'],
        ['hard_to_read', 'archive_name'],
        ['untested_function', 'archive_name'],
      ],
    );
    for (const rule of ['dynamic-code', 'swallowed-everything', 'handler_empty']) {
      assert.ok(rules(third.new).has(rule), rule);
    }
    assert.ok(third.new.every(({ since }) => since === 'v3'));
  });

  it('are compared with the version before, and know the version that showed them first', () => {
    const fixed = third.fixed.map(({ rule, since }) => `${rule} ${since}`);
    assert.deepEqual(
      new Set(fixed),
      new Set([
        'coarse_function v1',
        'cognitive_complexity v1',
        'compare-to-none v1',
        'concentrated_logic v1',
        'fallible_process v1',
        'function_length v1',
        'nesting_depth v1',
        'no_doc_block v1',
        'shell-command v1',
      ]),
    );
    const label = third.persisting.find(({ rule }) => rule === 'string-append-in-loop');
    assert.deepEqual([label?.file, label?.since], ['shop/labels.py', 'v1']);
    // What was fixed in the second version is no news in the third.
    assert.ok(!rules(third.fixed).has('mutable-default'));
    const archive = third.persisting.find(({ description }) =>
      description.includes('`archive_name`'),
    );
    assert.equal(archive?.since, 'v2');
  });

  it('keep their names over all versions, and no two have one', () => {
    const named = (list: readonly Finding[], rule: string) =>
      list.find((one) => one.rule === rule)?.finding_id;
    for (const rule of ['string-append-in-loop', 'no_tests', 'no_readme']) {
      assert.match(named(third.persisting, rule) ?? '', /^[0-9a-f]{32}$/);
      assert.equal(named(third.persisting, rule), named(second.persisting, rule), rule);
    }
    assert.equal(named(third.fixed, 'shell-command'), named(second.persisting, 'shell-command'));
    for (const { fixed, persisting, new: fresh } of [second, third]) {
      const ids = [...fixed, ...persisting, ...fresh].map(({ finding_id }) => finding_id);
      assert.equal(new Set(ids).size, ids.length);
    }
  });

  it('are named by an item of evidence of the first version that shows them', () => {
    const evidenceOf = (id: string) =>
      versions
        .filter(({ assessment_id }) => assessment_id === id)
        .flatMap(({ path_scores }) => path_scores.flatMap(({ metrics }) => metrics))
        .flatMap(({ evidence }) => evidence);
    for (const { finding_id: id, rule, since } of [...third.persisting, ...third.new]) {
      const items = evidenceOf(since).filter((item) => item.id === id);
      assert.deepEqual(
        items.map((item) => item.rule),
        [rule],
      );
    }
  });

  it('are told once when several criteria tell of them', () => {
    const found = third.persisting.filter(({ rule }) => rule === 'string-append-in-loop');
    assert.deepEqual(
      found.map(({ criteria }) => criteria),
      [['technical/algorithmic_cost', 'problem_solving/approach']],
    );
  });

  const [first] = shop;
  assert.ok(first !== undefined);

  it('all persist where nothing but layout, comments and the order of files changes', () => {
    const again = judged(first, 'again', (text) => `\n\n${text.replaceAll('\n\n', '\n\n\n')}`);
    const { fixed, persisting, new: fresh } = changes(versions[0] ?? again, again);
    assert.deepEqual([fixed.length, fresh.length], [0, 0]);
    assert.ok(persisting.length > 30);
  });

  it('persist in a function that was renamed', () => {
    const renamed = judged(first, 'renamed', (text) => text.replaceAll('discount', 'rebate'));
    const { fixed, persisting, new: fresh } = changes(versions[0] ?? renamed, renamed);
    assert.ok(has(persisting, 'cognitive_complexity', '`rebate`'));
    assert.deepEqual([fixed, fresh], [[], []]);
  });

  it('are not called fixed where they are not looked for any more', () => {
    const { path_scores } = versions[1] ?? assert.fail();
    const partly = {
      assessment_id: 'partly',
      path_scores: path_scores.filter(({ path }) => path === 'technical'),
    };
    const less = changes(versions[0] ?? partly, partly);
    assert.ok(
      less.fixed.every(({ criteria }) => criteria.some((one) => one.startsWith('technical/'))),
    );
    // Nor new when they are looked for again.
    const back = changes(versions[0] ?? partly, partly, versions[1] ?? partly);
    assert.deepEqual(back.new, []);
    assert.ok(has(back.persisting, 'no_doc_block', '`discount`'));
  });

  it('cannot be compared without a version before, nor without their texts', () => {
    const [one = assert.fail(), two = assert.fail()] = versions;
    assert.equal(findingChanges([]), null);
    assert.equal(findingChanges([one]), null);
    const bare = judged(first, 'bare', undefined, { include_explanations: false });
    assert.equal(findingChanges([bare, two]), null);
    assert.equal(findingChanges([one, bare]), null);
  });
});
