/**
 * `npm run validate -- --data FOLDER` (or VALIDATION_DATA): measures the engine against public data with
 * known answers, prints a table, and ends with 1 when a row is under its goal. With `--write` it also
 * writes what `GET /api/v1/engine/validity` answers, with `--mutations` it says which rows notice a fault in
 * each criterion.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { loadGrammars } from '#src/engine/syntax/grammars.ts';
import { publishedRubric, realEngine } from '#test/support/engine.ts';
import { readGroundTruth } from './data.ts';
import { caughtMutants, mutationTable } from './mutation.ts';
import { pairRows, readPairs } from './pairs.ts';
import { measure, tableOf, validityOf } from './validity.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    write: { type: 'boolean', default: false },
    mutations: { type: 'boolean', default: false },
  },
});
const given = options.data ?? process.env['VALIDATION_DATA'];
if (options.write && given === undefined) {
  console.error('--write publishes what the whole data says: name its folder with --data FOLDER.');
  process.exit(2);
}
const folder = given ?? fileURLToPath(new URL('../fixtures/validate', import.meta.url));
const run = await realEngine();
const data = readGroundTruth(folder);
const pairs = readPairs();
const rows = measure(data, run, await loadGrammars());
const ordered = pairRows(pairs, run);
console.log(tableOf([...rows, ...ordered]));
if (options.mutations) {
  console.log(mutationTable(await caughtMutants(data, pairs, publishedRubric())));
}
if (rows.length === 0) console.log(`no data in ${folder}`);
if (options.write) {
  const path = new URL('../../src/engine/validity.json', import.meta.url);
  const text = JSON.stringify(validityOf(rows, run({ code: 'x = 1' })), null, 2);
  // Pairs of numbers on one line, as the formatter of the repository has them.
  const pair = /\[\n\s+([-\d.]+),\n\s+([-\d.]+)\n\s+\]/g;
  writeFileSync(path, `${text.replaceAll(pair, '[$1, $2]')}\n`);
}
process.exitCode = rows.length > 0 && [...rows, ...ordered].every(({ pass }) => pass) ? 0 : 1;
