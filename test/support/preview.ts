/**
 * `npm run preview [folder] [seconds]`: what the dashboards look like with real data, for those who
 * change them. Draws a page for each from the panels and what a real Prometheus answers after a bad
 * minute, and pictures of them where Chromium is installed. Never part of `npm test`.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { catalogue } from '#grafana/catalogue.ts';
import { startEmbeddedPostgres } from '#src/storage/embedded-postgres/embedded-postgres.ts';
import { runMigrations } from '#src/storage/postgres/migrations.ts';
import { startMonitoredService, type MonitoredService } from '#test/grafana/monitored-service.ts';
import { substitute } from '#test/grafana/substitute.ts';
import { driveTraffic } from '#test/grafana/traffic.ts';
import { makeTestDir } from './database.ts';
import { drawPage, type Answers, type Span } from './preview-page.ts';

const run = promisify(execFile);
const say = (line: string) => process.stdout.write(`${line}\n`);

const folder = resolve(process.argv[2] ?? join(tmpdir(), 'sono-eval-preview'));
/** Five acts. */
const seconds = Number(process.argv[3] ?? 60) / 5;

async function answer(service: MonitoredService, span: Span): Promise<Map<string, Answers>> {
  const answers = new Map<string, Answers>();
  for (const { uid, panels } of catalogue) {
    for (const panel of panels) {
      if (panel.type === 'row') continue;
      const asked = panel.targets.map(({ expr, instant }) => {
        const query = substitute(expr, { rateInterval: '10s', range: `${span.end - span.start}s` });
        return instant === true
          ? service.prometheus.instant(query, span.end)
          : service.prometheus.range(query, span);
      });
      answers.set(`${uid}/${panel.id}`, await Promise.all(asked));
    }
  }
  return answers;
}

async function picture(file: string, size: { width: number; height: number }): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), 'sono-eval-chromium-'));
  const flags =
    '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars';
  try {
    await run('chromium', [
      ...flags.split(' '),
      `--user-data-dir=${profile}`,
      `--window-size=${size.width},${size.height}`,
      `--screenshot=${file}.png`,
      `file://${file}.html`,
    ]);
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const database = await startEmbeddedPostgres({
    dataDir: makeTestDir(),
    durable: false,
    log: () => {},
  });
  stack.defer(async () => {
    await database.stop();
    await rm(database.dataDir, { recursive: true, force: true });
  });
  await runMigrations(database.url);
  const service = await startMonitoredService(database.url);
  stack.defer(() => service.close());
  say(`Traffic and faults for ${seconds * 5} seconds …`);
  const start = Math.floor(Date.now() / 1000);
  await driveTraffic(service, seconds);
  const span = { start, end: Math.floor(Date.now() / 1000), step: 1 };
  const answers = await answer(service, span);

  mkdirSync(folder, { recursive: true });
  for (const dashboard of catalogue) {
    const file = join(folder, dashboard.uid.replace('api-', ''));
    const own = new Map(
      dashboard.panels.map(({ id }) => [id, answers.get(`${dashboard.uid}/${id}`) ?? []]),
    );
    const page = drawPage(dashboard, own, span);
    writeFileSync(`${file}.html`, page.html);
    try {
      await picture(file, page);
    } catch (error) {
      say(
        `No picture of ${dashboard.uid}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  say(`Look at ${folder}`);
}

await main();
