import assert from 'node:assert/strict';

import { reachOf } from '#src/engine/submission/reach.ts';
import { usedCode } from '#src/engine/submission/used-code.ts';
import { publishedRubric, realExtract } from '#test/support/engine.ts';

const library = `export function parseSale(line) {
  const fields = line.split(',');
  const amount = Number(fields[1]);
  const name = fields[0].trim();
  const discount = Number(fields[2] ?? 0);
  const rest = amount - discount;
  console.assert(rest >= 0);
  return { name, amount: rest };
}

export function totalOf(lines) {
  let total = 0;
  for (const line of lines) total += parseSale(line).amount;
  return total;
}
`;
const related = `export function bestLine(lines, limit) {
  if (limit < 0) throw new RangeError('limit is negative');
  return lines.toSorted().slice(0, limit);
}
`;
const series = (noun: string): string => `export function ${noun}Checked(${noun}, most) {
  if (${noun} === null) throw new TypeError('${noun}');
  if (most < 0) throw new RangeError('most');
  return ${noun}.slice(0, most);
}
`;

describe('what belongs to a few functions', () => {
  let extract: Awaited<ReturnType<typeof realExtract>>;
  before(async () => {
    extract = await realExtract();
  });

  const unusedOf = (content: string, path = 'src/a.js'): string[] => {
    const facts = [extract({ path, content })];
    const { unused } = usedCode(facts, reachOf(facts, [], []), publishedRubric());
    return unused.map(({ fn }) => fn.name);
  };

  it('is what speaks of the same things', () => {
    assert.deepEqual(unusedOf(library + related), []);
  });

  it('is no series of functions, nor one that speaks of something else', () => {
    const added = ['order', 'parcel', 'ticket', 'voucher'].map(series).join('\n');
    assert.deepEqual(unusedOf(library + added), [
      'orderChecked',
      'parcelChecked',
      'ticketChecked',
      'voucherChecked',
    ]);
    assert.deepEqual(unusedOf(library + series('voucher')), ['voucherChecked']);
  });

  it('is no chain of functions of one shape that call one another', () => {
    const chain = ['a', 'b', 'c', 'd', 'e'].map(
      (name, at, all) =>
        `export function ${name}Line(line) {\n  if (line === null) throw new TypeError('line');\n  return ${all[at + 1] ?? 'a'}Line(line, 2);\n}\n`,
    );
    assert.equal(unusedOf(library + chain.join('\n')).length, 5);
  });

  it('is every function of a collection in which nothing calls anything', () => {
    assert.deepEqual(unusedOf(related + series('voucher')), []);
  });

  it('is what a function that is offered declares for itself and hands out', () => {
    const nested = `export const makeLimit = (most) => {
  let active = 0;
  const next = () => {
    if (active > 0) active -= 1;
    return active;
  };
  const limited = (task) => {
    if (active >= most) return next();
    active += 1;
    return task();
  };
  Object.defineProperty(limited, 'active', { get: () => active });
  return limited;
};
`;
    assert.deepEqual(unusedOf(nested), []);
  });
});
