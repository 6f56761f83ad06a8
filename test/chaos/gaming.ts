/**
 * All attacks on and all neutral changes of all real projects at hand: `npm run chaos gaming`. `GAMING_DATA` may name a
 * folder of `*.jsonl(.gz)` with further projects (`{id, files: [{path, content}]}` a line).
 */
import { attacks as first } from '#test/support/gaming/attacks.ts';
import { codeAttacks } from '#test/support/gaming/code-attacks.ts';
import { hollowAttacks } from '#test/support/gaming/hollow-attacks.ts';
import { hollowTests } from '#test/support/gaming/hollow-tests.ts';
import { languageAttacks } from '#test/support/gaming/language-attacks.ts';
import { needlessAttacks } from '#test/support/gaming/needless-attacks.ts';
import { nextAttacks } from '#test/support/gaming/next-attacks.ts';
import { proseAttacks } from '#test/support/gaming/prose-attacks.ts';
import { deletions, neutralChanges, renaming } from '#test/support/gaming/changes.ts';
import { layoutChanges } from '#test/support/gaming/layout-changes.ts';
import { styleChanges } from '#test/support/gaming/style-changes.ts';
import { openMeasure, type Move } from '#test/support/gaming/measure.ts';
import { projectsIn, realProjects, sampleProjects } from '#test/support/gaming/projects.ts';
import { textAttacks } from '#test/support/gaming/text-attacks.ts';
import { variantAttacks } from '#test/support/gaming/variant-attacks.ts';
import { openPromises } from './promises.ts';

const attacks = {
  ...first,
  ...nextAttacks,
  ...codeAttacks,
  ...hollowAttacks,
  ...hollowTests,
  ...languageAttacks,
  ...needlessAttacks,
  ...proseAttacks,
  ...textAttacks,
  ...variantAttacks,
};
const folder = process.env['GAMING_DATA'];
const projects = [
  ...realProjects(),
  ...sampleProjects(),
  ...(folder === undefined ? [] : projectsIn(folder)),
];
const measure = await openMeasure();
const moves = new Map<string, Move[]>();
const neutral = { ...neutralChanges, ...styleChanges, ...layoutChanges };
const all = { ...attacks, ...neutral, renaming, ...deletions };

for (const project of projects) {
  const opened = measure.open(project);
  for (const [name, change] of Object.entries(all))
    moves.set(name, [...(moves.get(name) ?? []), ...(measure.moves(opened, change) ?? [])]);
}

const { report, broken } = openPromises(60);
const judge = (name: string, wrong: (move: Move) => boolean): void => {
  const found = moves.get(name) ?? [];
  const over = found.filter(wrong).sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
  const [worst] = over;
  const places = new Set(over.map(({ project }) => project)).size;
  const tried = new Set(found.map(({ project }) => project)).size;
  const most = worst ? `, most ${worst.points} (${worst.project}, ${worst.path})` : '';
  report(name, over.length === 0, `${places} of ${tried} projects over${most}`);
};
for (const name of Object.keys(attacks))
  judge(name, ({ points, path }) => path !== 'overall' && points > 3);
for (const name of Object.keys(neutral)) judge(name, ({ points }) => points !== 0);
judge('renaming', ({ points }) => Math.abs(points) > 1);
for (const name of Object.keys(deletions))
  judge(name, ({ points, path }) => path === 'overall' && points > 0);
process.exitCode = broken() > 0 ? 1 : 0;
