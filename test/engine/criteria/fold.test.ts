import assert from 'node:assert/strict';

import { folded } from '#src/engine/criteria/fold.ts';
import type { Observation } from '#src/engine/criteria/criterion.ts';
import { sum } from '#src/engine/numbers.ts';

const finding = (amount: number, changes: Partial<Observation> = {}): Observation => ({
  rule: 'long',
  type: 'shape',
  source: 'code',
  file: 'a.py',
  startLine: 1,
  endLine: 2,
  message: '`f` is long.',
  amount,
  ...changes,
});
const draft = (observations: Observation[]) => ({
  applicable: true as const,
  sample: { n: observations.length, unit: 'functions' },
  observations,
  summary: '',
});

describe('folding', () => {
  it('leaves a draft of ordinary size as it is', () => {
    const small = draft([finding(1), finding(2)]);
    assert.equal(folded(small), small);
  });

  it('keeps the sum of the amounts, the heaviest facts and every cap', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => finding(1 + (index % 7) / 100));
    const capped = finding(0, { rule: 'worst', criterionCap: 40 });
    const heavy = finding(90, { message: '`g` is a giant.' });
    const result = folded(draft([...many, capped, heavy]));
    assert.ok(result.applicable);
    const { observations } = result;
    assert.ok(observations.length < 1_010, `${observations.length} kept`);
    const before = sum([...many, capped, heavy].map(({ amount }) => amount));
    assert.ok(Math.abs(sum(observations.map(({ amount }) => amount)) - before) < 1e-6);
    assert.ok(observations.includes(capped) && observations.includes(heavy));
    assert.match(
      observations.find(({ metadata }) => metadata?.['findings'])?.message ?? '',
      /smaller findings of this kind\.$/,
    );
  });

  it('names a piece of work only when all of its places share it', () => {
    const shared = folded(
      draft(Array.from({ length: 2_000 }, () => finding(0, { remedy: 'tests' }))),
    );
    const apart = folded(
      draft(Array.from({ length: 2_000 }, (_, i) => finding(0, { remedy: `split:${i}` }))),
    );
    assert.ok(shared.applicable && apart.applicable);
    assert.equal(shared.observations[0]?.remedy, 'tests');
    assert.equal(apart.observations[0]?.remedy, undefined);
  });
});
