import assert from 'node:assert/strict';

import { metricOf, realEngine } from '#test/support/engine.ts';

const library = `export function parse(text) {
  const rows = text.split('\\n');
  return rows.map((row) => fieldsOf(row));
}

function fieldsOf(row) {
  const fields = row.split(',');
  return fields.map((field) => field.trim());
}
`;

const names = ['order', 'parcel', 'ticket', 'voucher', 'invoice'];
const series = names
  .map(
    (name) =>
      `export function check${name}(${name}, most) {\n  const half = ${name}.length / 2;\n  if (half > most.${name}) {\n    throw new RangeError('${name}');\n  }\n  return half;\n}\n`,
  )
  .join('\n');
const calls = (given: string): string =>
  names.map((name) => `console.log(check${name}(${given}));`).join('\n  ');

describe('functions of one shape', () => {
  let run: Awaited<ReturnType<typeof realEngine>>;
  before(async () => {
    run = await realEngine();
  });
  const countOf = (...contents: string[]): number => {
    const files = contents.map((content, at) => ({ path: `file${at}.js`, content }));
    const { explanation } = metricOf(run({ files }), 'technical', 'complexity');
    return Number(/^(\d+) functions?/.exec(explanation)?.[1] ?? 0);
  };

  it('are no part of a library for being called behind a flag, by a listener or when a file is loaded', () => {
    const alone = countOf(library);
    const places = [
      `if (process.env.CHECKS) {\n  ${calls('process.argv[2], limits')}\n}\n`,
      `process.on('checks', () => {\n  ${calls('process.argv[2], limits')}\n});\n`,
      `${calls('process.argv[2], limits')}\n`,
      `export const checked = [${names.map((name) => `check${name}('abc', 2)`).join(', ')}];\n`,
    ];
    for (const place of places) assert.equal(countOf(library, `${series}\n${place}`), alone, place);
  });

  it('are part of it where another function calls them', () => {
    const caller = `export function checkAll(text, limits) {\n  ${calls('text, limits')}\n  return parse(text);\n}\n`;
    assert.ok(countOf(`${library}\n${series}\n${caller}`) > countOf(library));
  });
});
