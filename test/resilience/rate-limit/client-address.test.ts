import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  parseAddress,
  trustedNetworks,
  walkForwarded,
} from '#src/resilience/rate-limit/client-address.ts';

const entries = (header: string) => {
  const seen: string[] = [];
  walkForwarded(header, (entry) => {
    seen.push(entry);
    return true;
  });
  return seen;
};

describe('an address', () => {
  for (const [text, canonical] of [
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:8080', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:CB00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:cb00:7107', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:0db8:0000::0001', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:8443', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
  ] as const) {
    it(`is read from ${text}`, () => {
      assert.equal(parseAddress(text)?.toString(), canonical);
    });
  }

  for (const text of [
    '',
    ' ',
    'unknown',
    '_hidden',
    '010.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '127.1',
    '256.0.0.1',
    '1.2.3.4.5',
    '1.2.3.4%eth0',
    '[1.2.3.4]',
    '1.2.3.4:',
    '1.2.3.4:http',
    '::1::',
    '[::1',
    '::1]',
    '[::1]x',
    '"1.2.3.4"',
    'for=1.2.3.4',
    '１.２.３.４',
    '1.2.3.4\u0000',
    '1。2。3。4',
    `2001:db8::1%${'e'.repeat(100)}`,
    '203.0.113.7/32',
    'localhost',
  ]) {
    it(`is not ${JSON.stringify(text.slice(0, 30))}`, () => {
      assert.equal(parseAddress(text), null);
    });
  }

  it('is never read with an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (text) => {
        parseAddress(text);
      }),
    );
  });
});

describe('trusted networks', () => {
  const trusts = (cidrs: string[], text: string) => {
    const address = parseAddress(text);
    assert.ok(address);
    return trustedNetworks(cidrs)(address);
  };

  it('hold their addresses, in whatever form either is written', () => {
    assert.equal(trusts(['10.0.0.0/8'], '10.255.1.2'), true);
    assert.equal(trusts(['10.0.0.0/8'], '::ffff:10.1.1.1'), true);
    assert.equal(trusts(['10.0.0.0/8'], '11.0.0.1'), false);
    assert.equal(trusts(['::ffff:10.0.0.0/104'], '10.1.1.1'), true);
    assert.equal(trusts(['::ffff:10.0.0.0/104'], '11.1.1.1'), false);
    assert.equal(trusts(['fd00::/8'], 'fd12::1'), true);
    assert.equal(trusts(['fd00::/8'], '2001:db8::1'), false);
    assert.equal(trusts(['127.0.0.1'], '127.0.0.1'), true);
    assert.equal(trusts(['127.0.0.1'], '127.0.0.2'), false);
    assert.equal(trusts([], '127.0.0.1'), false);
  });

  for (const wrong of [
    '10.0.0.0/33',
    '10.0.0/8',
    'proxy.internal',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '*',
  ]) {
    it(`are not ${wrong}`, () => {
      assert.throws(() => trustedNetworks(['10.0.0.0/8', wrong]), /no address and no network/);
    });
  }
});

describe('the walk through X-Forwarded-For', () => {
  it('gives what splitting at commas gives, from the right, without empty entries', () => {
    const parts = fc.array(fc.constantFrom('', ' ', '1.2.3.4', ' 5.6.7.8 ', 'x'), { maxLength: 8 });
    fc.assert(
      fc.property(parts, (list) => {
        const expected = list.map((part) => part.trim()).filter((part) => part !== '');
        assert.deepEqual(entries(list.join(',')), expected.reverse());
      }),
    );
  });
});
