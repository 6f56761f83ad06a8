import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mergeFamilies, negotiate, writeFamilies, type Family } from '#telemetry/exposition.ts';
import { parseExposition } from '#test/support/exposition-parser.ts';

describe('negotiate', () => {
  const open = 'application/openmetrics-text';
  const cases: [string | undefined, 'openmetrics' | 'text'][] = [
    [undefined, 'text'],
    ['', 'text'],
    ['*/*', 'text'],
    ['text/html', 'text'],
    [open, 'openmetrics'],
    [
      `${open};version=1.0.0,${open};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      'openmetrics',
    ],
    [`${open};version=0.0.1`, 'text'],
    [`${open};q=0.3, text/plain;q=0.5`, 'text'],
    [`text/plain;q=0.3, ${open.toUpperCase()} ; Q=0.5`, 'openmetrics'],
    [`${open};q=0`, 'text'],
    [`${open};q=nonsense`, 'text'],
    [
      `${open};version="1.0.0";escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;q=0.5,*/*;q=0.2`,
      'openmetrics',
    ],
  ];
  for (const [accept, format] of cases) {
    it(`answers ${accept ?? 'no Accept header'} with ${format}`, () => {
      assert.equal(negotiate(accept), format);
    });
  }
  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (accept) => void negotiate(accept)));
  });
});

describe('mergeFamilies', () => {
  const family = (name: string): Family => ({
    name,
    type: 'gauge',
    help: name,
    samples: [{ suffix: '', labels: {}, value: 1 }],
  });
  it('keeps the first of two that claim a name, and tells', () => {
    const collisions: string[] = [];
    const own = [family('a')];
    const merged = mergeFamilies(own, [family('a'), family('b')], (name) => collisions.push(name));
    assert.deepEqual(
      merged.map(({ name }) => name),
      ['a', 'b'],
    );
    assert.equal(merged[0], own[0]);
    assert.deepEqual(collisions, ['a']);
  });
});

describe('writeFamilies', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((s) => s.trim() !== '' && !/[\r\u2028\u2029]/.test(s));
  const sample = fc.record({
    suffix: fc.constant(''),
    labels: fc.record({ a: text, b: text }),
    value: fc.double(),
  });
  it('writes what a strict parser reads back, whatever labels, helps and values are', () => {
    fc.assert(
      fc.property(
        text,
        sample,
        fc.constantFrom('openmetrics' as const, 'text' as const),
        (help, one, format) => {
          const families: Family[] = [
            { name: 'x_bytes', type: 'gauge', help, samples: [one] },
            {
              name: 'y',
              type: 'counter',
              help,
              samples: [{ suffix: '_total', labels: {}, value: 1 }],
            },
          ];
          const parsed = parseExposition(writeFamilies(families, format), format);
          assert.ok(Object.is(parsed.get('x_bytes')?.samples[0]?.value, one.value + 0));
        },
      ),
    );
  });
});

describe('the strict parser', () => {
  const broken: [string, string][] = [
    ['a body after # EOF', '# HELP a a\n# TYPE a gauge\na 1\n# EOF\n\n'],
    ['no # EOF', '# HELP a a\n# TYPE a gauge\na 1\n'],
    ['a family twice', '# HELP a a\n# TYPE a gauge\na 1\n# HELP a a\n# TYPE a gauge\n# EOF\n'],
    ['a unit that is no suffix', '# HELP a a\n# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n'],
    ['a counter without _total', '# HELP a a\n# TYPE a counter\na 1\n# EOF\n'],
    ['an empty help', '# HELP a \n# TYPE a gauge\na 1\n# EOF\n'],
    ['an unescaped quote', '# HELP a a\n# TYPE a gauge\na{b="c"d"} 1\n# EOF\n'],
    ['a sample twice', '# HELP a a\n# TYPE a gauge\na 1\na 1\n# EOF\n'],
    [
      'a histogram without +Inf',
      '# HELP a a\n# TYPE a histogram\na_bucket{le="1.0"} 1\na_sum 1\na_count 1\n# EOF\n',
    ],
  ];
  for (const [what, body] of broken) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseExposition(body, 'openmetrics'));
    });
  }
});
