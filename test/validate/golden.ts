/**
 * `npm run golden`: judges the sample submissions and keeps their scores as what the suite expects. A score
 * that moves wants another version of engine or rubric; `--same-version` keeps it all the same.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureServedGolden, servedGoldenPath } from './golden-served.ts';
import {
  goldenPath,
  isSameVersion,
  measureGolden,
  movedBetween,
  storedGolden,
} from './golden-corpus.ts';

const { values: options } = parseArgs({
  options: { 'same-version': { type: 'boolean', default: false } },
});
const now = await measureGolden();
const before = existsSync(goldenPath) ? storedGolden() : null;
const moved = before === null ? [] : movedBetween(before, now);
for (const name of moved) {
  const [was, is] = [before?.results[name]?.overall, now.results[name]?.overall];
  console.log(`${name}: ${was ?? 'none'} -> ${is ?? 'none'}`);
}
if (before !== null && moved.length > 0 && isSameVersion(before, now) && !options['same-version']) {
  console.log('Scores moved under the same version: raise it, or repeat with -- --same-version.');
  process.exitCode = 1;
} else {
  writeFileSync(goldenPath, `${JSON.stringify(now, null, 2)}\n`);
  writeFileSync(servedGoldenPath, `${JSON.stringify(await measureServedGolden(), null, 2)}\n`);
  console.log(`${Object.keys(now.results).length} results kept.`);
}
