import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { createSubjects } from '#src/resilience/rate-limit/subject.ts';
import { createPolicySet } from '#src/resilience/rate-limit/policy.ts';
import { policy, usual } from './subjects.ts';

const subjects = (trustedProxies: string[] = [], secret = 'test') =>
  createSubjects({ secret, policies: usual, trustedProxies });

const request = (remoteAddress: string | undefined, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

const client = '198.51.100.9';
const proxy = '10.0.0.1';

describe('the subject of a request', () => {
  const behind = subjects(['10.0.0.0/8', 'fd00::/8']);
  const id = (address: string) => behind.ofAddress(address)?.id;

  it('is the peer, whatever an untrusted one claims', () => {
    const claim = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 5 }), (claims) => {
        assert.equal(behind.ofRequest(request(client, claims.join(', '))).id, id(client));
        assert.equal(subjects().ofRequest(request(proxy, claims.join(', '))).id, id(proxy));
      }),
    );
  });

  it('is what the trusted proxy added, whatever the client wrote before', () => {
    const claim = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.constantFrom(proxy, '127.0.0.1', '', 'unknown', '[::1]:80', '::ffff:7f00:1'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 100 }), (claims) => {
        const header = [...claims, client].join(', ');
        assert.equal(behind.ofRequest(request(proxy, header)).id, id(client));
      }),
    );
  });

  for (const [why, header, expected] of [
    ['skips further trusted proxies', `1.1.1.1, ${client}, 10.9.9.9, fd00::7`, client],
    ['reads an address with a port', `1.1.1.1, ${client}:4711`, client],
    ['reads a mapped address', `1.1.1.1, ::ffff:${client}`, client],
    ['reads a mapped address in hexadecimal', '1.1.1.1, ::ffff:c633:6409', client],
    ['does not mind empty entries', `1.1.1.1, ${client}, ,,`, client],
    ['stops at garbage, at the hop that wrote it', `1.1.1.1, garbage, 10.2.2.2`, '10.2.2.2'],
    ['stops at garbage that the peer wrote', `1.1.1.1, unknown`, proxy],
    ['is the furthest proxy when all are trusted', '10.3.3.3, 10.2.2.2', '10.3.3.3'],
    ['is the peer without entries', ' , ', proxy],
  ] as const) {
    it(`${why}: ${header}`, () => {
      assert.equal(behind.ofRequest(request(proxy, header)).id, id(expected));
    });
  }

  it('is the same for a mapped peer and for a peer with a zone', () => {
    assert.equal(behind.ofRequest(request(`::ffff:${client}`)).id, id(client));
    assert.equal(behind.ofRequest(request('fe80::1%eth0')).id, id('fe80::1'));
  });

  it('exists when the connection is gone', () => {
    assert.equal(behind.ofRequest(request(undefined)).id, id('0.0.0.0'));
  });

  it('is one for a /64 of IPv6, and shares its network policies with its /48', () => {
    const [a, b, c, d] = [
      '2001:db8:1:2::1',
      '2001:db8:1:2:ffff::9',
      '2001:db8:1:3::1',
      '2001:db8:2:2::1',
    ].map((address) => behind.ofAddress(address));
    assert.deepEqual(a?.keys, b?.keys);
    assert.deepEqual([a?.lows, a?.highs], [b?.lows, b?.highs]);
    assert.notEqual(a?.keys[0], c?.keys[0]);
    assert.deepEqual(a?.keys.slice(2), c?.keys.slice(2));
    assert.deepEqual(a?.lows.slice(2), c?.lows.slice(2));
    assert.notDeepEqual(a?.keys.slice(2), d?.keys.slice(2));
  });

  it('has all its keys in one cluster slot, and no two alike', () => {
    for (const address of [client, '2001:db8::1']) {
      const keys = behind.ofAddress(address)?.keys ?? [];
      assert.equal(new Set(keys.map((key) => /^rl:(\{[\w-]{22}\}):/.exec(key)?.[1])).size, 1);
      assert.equal(new Set(keys).size, keys.length);
    }
  });

  it('has a clean window when a policy changes, and another name under another secret', () => {
    const changed = createSubjects({
      secret: 'test',
      trustedProxies: [],
      policies: {
        ...usual,
        v4: { ...usual.v4, revisions: ['new', ...usual.v4.revisions.slice(1)] },
      },
    }).ofAddress(client);
    assert.equal(changed?.id, id(client));
    assert.notEqual(changed?.keys[0], behind.ofAddress(client)?.keys[0]);
    assert.notEqual(subjects([], 'other').ofAddress(client)?.id, id(client));
  });

  it('remembers a bounded number of addresses, and not the headers they came in', () => {
    let evicted = 0;
    const few = createSubjects({
      secret: 'test',
      policies: usual,
      trustedProxies: [proxy],
      maxAddresses: 50,
      onEvicted: () => (evicted += 1),
    });
    for (let i = 0; i < 500; i += 1) {
      few.ofRequest(request(proxy, `${'x'.repeat(8000)}, 203.0.${i >> 8}.${i & 255}`));
    }
    assert.equal(few.size(), 50);
    assert.ok(evicted > 400);
  });
});

describe('the subject of a name', () => {
  const login = createPolicySet([policy({ quota: 5, windowMs: 60_000 })], 2);
  const all = subjects();

  it('is limited by policies of its own, in windows of its own', () => {
    const account = all.ofName('account', 'ada@example.com', login);
    assert.equal(account.set, login);
    const others = [
      all.ofName('account', 'bob@example.com', login),
      all.ofName('caller', 'ada@example.com', login),
      all.ofAddress(client),
    ];
    for (const other of others) assert.notEqual(other?.keys[0], account.keys[0]);
    assert.deepEqual(all.ofName('account', 'ada@example.com', login), account);
  });

  it('tells nobody the name', () => {
    const { id, keys } = all.ofName('account', 'ada@example.com', login);
    assert.doesNotMatch(`${id} ${keys.join(' ')}`, /ada|example|account/);
  });
});
