/**
 * `node test/bench/engine.ts [rounds]`: the engine against the parse of the same text without the engine, against
 * eslint-plugin-sonarjs and, where Python has it, lizard, in turns within one run, as ratios of medians of processor
 * time. Machines are noisy: only the ratios mean something. Exits with 1 when one misses its goal.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Language as Grammar, Parser } from 'web-tree-sitter';
import type { SourceFile } from '../../src/engine/contract.ts';
import { realEngine } from '../support/engine.ts';
import { median } from './percentile.ts';

// A name that the compiler does not follow: the peers' packages are not among ours.
const peersFile = new URL('engine-peers.mjs', import.meta.url).href;
const { sonarComplexity, sonarRecommended } = (await import(peersFile)) as Record<
  'sonarComplexity' | 'sonarRecommended',
  (text: string) => void
>;

const rounds = Number(process.argv[2] ?? 7);
const run = await realEngine();
const grammar = new URL(
  import.meta.resolve('@vscode/tree-sitter-wasm/wasm/tree-sitter-typescript.wasm'),
);
const parser = new Parser();
parser.setLanguage(await Grammar.load(readFileSync(grammar)));

/** Milliseconds of processor time, of all threads of this process: collecting garbage is part of the work. */
function cost(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Medians of alternating rounds; the first rounds warm up. */
function compare(...works: (() => void)[]): number[] {
  const taken = works.map((): number[] => []);
  for (let round = -2; round < rounds; round += 1) {
    for (const [index, work] of works.entries()) {
      const spent = cost(work);
      if (round >= 0) taken[index]?.push(spent);
    }
  }
  return taken.map(median);
}

/** The parse that nothing is made of. */
const raw = (texts: readonly string[]) => () => {
  for (const text of texts) parser.parse(text)?.delete();
};

let missed = 0;

function row(name: string, ratio: number, goal: string, isMet: boolean, note = ''): void {
  if (!isMet) missed += 1;
  const columns = [name.padEnd(52), ratio.toFixed(2).padStart(6), goal.padEnd(8), note];
  process.stdout.write(`${columns.join('  ')}${isMet ? '' : '  MISSED'}\n`);
}

const atMost = (name: string, ratio: number, goal: number, note?: string) =>
  row(name, ratio, `<= ${goal}`, ratio <= goal, note);
const atLeast = (name: string, ratio: number, goal: number, note?: string) =>
  row(name, ratio, `>= ${goal}`, ratio >= goal, note);

/** TypeScript of this repository in the order of its paths; data in the form of code is none. */
function ownSources(): SourceFile[] {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  return ['src', 'telemetry', 'grafana', 'test']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
        join(folder, path),
      ),
    )
    .filter(
      (path) =>
        path.endsWith('.ts') && !path.includes('fixtures') && !path.includes('node_modules'),
    )
    .sort()
    .map((path) => ({ path, content: readFileSync(join(root, path), 'utf8') }));
}

/** Every n-th file, so that all folders are among them, up to a number of characters. */
function spread(files: readonly SourceFile[], count: number): SourceFile[] {
  const step = files.length / count;
  return Array.from({ length: count }, (_, index) => files[Math.floor(index * step)]).filter(
    (file) => file !== undefined,
  );
}

/** Sources one after the other, cut at the end of one, at most this long. */
function oneFile(files: readonly SourceFile[], length: number): string {
  let text = '';
  for (const { content } of files) if (text.length + content.length <= length) text += content;
  return text;
}

const sources = ownSources();
const project = spread(
  sources.filter(({ content }) => content.length < 30_000),
  275,
);
const size = project.reduce((sum, { content }) => sum + content.length, 0);
const large = oneFile(spread(sources, 200), 100_000);
const broken = large.replace(/\) \{\n/, ' {\n');
const short = oneFile(spread(sources, 90), 12_000);
const given = (code: string) => () => void run({ code }, { language: 'typescript' });
const detected = (code: string) => () => void run({ code });

function project1MB() {
  const texts = project.map(({ content }) => content);
  const [engine = 0, parse = 0] = compare(() => void run({ files: project }), raw(texts));
  const rate = (ms: number) => `${(size / ms / 1000).toFixed(2)} MB/s`;
  atLeast(
    `${project.length} files, ${(size / 1e6).toFixed(2)} MB, of the raw parse's rate`,
    parse / engine,
    0.5,
    `${rate(engine)} of ${rate(parse)}`,
  );
}

/** A linter takes ten times as long: fewer files, of all folders. */
function againstLinters() {
  const files = spread(project, 40);
  const each = (read: (text: string) => void) => () => {
    for (const { content } of files) read(content);
  };
  const [engine = 0, recommended = 0, complexity = 0] = compare(
    () => void run({ files }),
    each(sonarRecommended),
    each(sonarComplexity),
  );
  const note = `${files.length} files`;
  atLeast('of the rate of sonarjs, recommended rules', recommended / engine, 10, note);
  atLeast('of the rate of sonarjs, its two complexities alone', complexity / engine, 3, note);
  againstLizard(files, engine);
}

const lizard = `
import sys, time
import lizard
files = sys.argv[1:]
for file in files: lizard.analyze_file(file)
started = time.process_time()
for file in files: lizard.analyze_file(file)
print((time.process_time() - started) * 1000)
`;

/** It counts tokens, without a syntax tree. */
function againstLizard(files: readonly SourceFile[], engine: number) {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const paths = files.map(({ path }) => join(root, path));
  const { stdout, status } = spawnSync('python3', ['-c', lizard, ...paths], { encoding: 'utf8' });
  if (status === 0) atLeast('of the rate of lizard', Number(stdout) / engine, 1);
  else process.stdout.write('lizard: Python has none here (pip install lizard)\n');
}

function single() {
  const [told = 0, untold = 0, bad = 0, parse = 0] = compare(
    given(large),
    detected(large),
    given(broken),
    raw([large]),
  );
  const ms = (value: number) => `${value.toFixed(0)} ms of ${parse.toFixed(0)} ms`;
  atMost(`${large.length} characters, language given, raw parses`, told / parse, 2.5, ms(told));
  atMost(
    `${large.length} characters, language detected, raw parses`,
    untold / parse,
    3,
    ms(untold),
  );
  atMost('the same with one syntax error, of the sound one', bad / told, 1.2);
}

function small() {
  const [told = 0, untold = 0] = compare(given(short), detected(short));
  atMost(
    `${short.length} characters detected, of the given one`,
    untold / told,
    1.2,
    `${untold.toFixed(1)} ms of ${told.toFixed(1)} ms`,
  );
}

project1MB();
againstLinters();
single();
small();
process.exitCode = missed > 0 ? 1 : 0;
