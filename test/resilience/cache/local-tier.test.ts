import assert from 'node:assert/strict';
import { createLocalTier, type LocalEntry } from '#src/resilience/cache/local-tier.ts';
import { silent } from './rig.ts';

const entry: LocalEntry = {
  cache: 'numbers',
  owner: 'one',
  value: 1,
  tags: ['t'],
  version: '',
  bytes: 16,
  bornAt: 0,
  checkedAt: 0,
  dueAt: 1,
  expiresAt: 1,
  keptUntil: 1,
};

describe('the local tier of the cache', () => {
  it('returns no entry of one owner to another', () => {
    const local = createLocalTier({ maxBytes: 100_000, events: silent });
    local.set('a', entry);
    assert.equal(local.get({ id: 'a', owner: 'one' })?.value, 1);
    assert.equal(local.get({ id: 'a', owner: 'two' }), undefined);
  });

  it('counts an entry once, however often it is stored again', () => {
    const local = createLocalTier({ maxBytes: 100_000, events: silent });
    local.set('a', entry);
    const { entries, bytes } = local.usage().get('numbers') ?? {};
    for (let i = 0; i < 10; i++)
      local.set('a', { ...(local.get({ id: 'a', owner: 'one' }) ?? entry) });
    assert.deepEqual(local.usage().get('numbers'), { entries, bytes });
    assert.equal(local.deleteTag('t'), 1);
    assert.deepEqual(local.usage().get('numbers'), { entries: 0, bytes: 0 });
  });
});
