/**
 * `npm run drill`: five incidents on the real service, PostgreSQL, Redis, Prometheus, Alertmanager and
 * blackbox exporter, at their real times and all at once, each on a stack of its own; about half an hour.
 *
 * It uses prometheus, alertmanager, blackbox_exporter and jaeger (2) of PATH, else Debian's and, for
 * traces, the tests' OTLP receiver. It fails when an expectation of incidents.ts is not met.
 *
 * `--incident=table-renamed` (repeatable), `--scrape=60s`, `--jaeger-config=telemetry/jaeger-tail-sampling.yml`,
 * `--json` prints evidence and verdicts, `--one-by-one` spares the machine.
 */
import { parseArgs } from 'node:util';
import { stopTestServer, testServer } from '#test/support/database.ts';
import { judge, type Evidence } from './evidence.ts';
import { incidents, type Incident } from './incidents.ts';
import { play, type Times } from './play.ts';
import { detailsOf, tableOf } from './print.ts';
import { onPath, toolsUsed } from './tools.ts';
import { startJaeger, startReceiver, type TraceBackEnd } from './traces.ts';

const { values } = parseArgs({
  options: {
    incident: { type: 'string', multiple: true },
    scrape: { type: 'string', default: '15s' },
    'jaeger-config': { type: 'string', default: 'telemetry/jaeger.yml' },
    json: { type: 'boolean', default: false },
    'one-by-one': { type: 'boolean', default: false },
  },
});

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());

const started = Date.now();
function say(line: string): void {
  const at = Math.round((Date.now() - started) / 1000);
  process.stderr.write(`${String(at).padStart(5)} s  ${line}\n`);
}

function chosen(scrapeS: number): Incident[] {
  const all = incidents(scrapeS);
  const names = values.incident ?? all.map(({ name }) => name);
  return names.map((name) => {
    const found = all.find((incident) => incident.name === name);
    if (found !== undefined) return found;
    throw new Error(`No incident ${name}; there are ${all.map((one) => one.name).join(', ')}.`);
  });
}

function readScrape(text: string): number {
  const [, number] = /^(\d+)s$/.exec(text) ?? [];
  if (number === undefined) throw new Error('--scrape is a number of seconds, such as 60s.');
  return Number(number);
}

async function playAll(list: Incident[], traces: TraceBackEnd, times: Times): Promise<Evidence[]> {
  const options = { traces, times, say, signal: stopping.signal };
  if (!values['one-by-one']) {
    const settled = await Promise.allSettled(list.map((incident) => play(incident, options)));
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }
  const played: Evidence[] = [];
  for (const incident of list) played.push(await play(incident, options));
  return played;
}

async function drill(cleanup: AsyncDisposableStack): Promise<void> {
  const scrapeS = readScrape(values.scrape);
  const list = chosen(scrapeS);
  const jaeger = onPath('jaeger');
  const tools = await toolsUsed(jaeger);
  process.stderr.write(`${tools.join('\n')}\n`);
  const traces = await (jaeger === undefined
    ? startReceiver()
    : startJaeger(jaeger, values['jaeger-config']));
  cleanup.defer(() => traces.close());
  cleanup.defer(stopTestServer);
  await testServer();
  const times = {
    scrapeS,
    warmUpS: 30,
    calmS: 180,
    moreS: 60,
    patienceS: 1200,
    endingS: 900,
    afterS: 420,
  };
  const played = await playAll(list, traces, times);
  const results = played.map((evidence, index) => {
    const expected = list[index]?.expects;
    if (expected === undefined) throw new Error('An incident was not expected.');
    return { evidence, verdict: judge(evidence, expected), expected };
  });
  const verdicts = results.map(({ verdict }) => verdict);
  if (verdicts.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
  const print = (text: string) => process.stdout.write(`${text}\n`);
  if (values.json) {
    print(JSON.stringify({ tools, scrape: values.scrape, results }, plainPatterns, 2));
    return;
  }
  print(`\nScraped every ${values.scrape}.\n${tools.join('\n')}\n\n${tableOf(verdicts)}\n`);
  for (const { evidence, verdict, expected } of results) {
    print(
      `${detailsOf(evidence, verdict)}\n  expected: one ${expected.receiver}. ${expected.reason}\n`,
    );
  }
}

function plainPatterns(_key: string, value: unknown): unknown {
  return value instanceof RegExp ? value.source : value;
}

const cleanup = new AsyncDisposableStack();
try {
  await drill(cleanup);
} catch (error) {
  process.exitCode = 1;
  if (!stopping.signal.aborted) {
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  }
} finally {
  await cleanup.disposeAsync();
}
