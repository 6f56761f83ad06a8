/** What the exporters of PostgreSQL and Redis answered once, for tests in which neither runs. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

type Exporter = 'postgres' | 'redis';

const read = (exporter: Exporter) =>
  readFileSync(`test/fixtures/exporters/${exporter}.prom`, 'utf8');

const sample = /^([a-z_]+)(\{.*\})? (\S+)$/;

/** Name of each series → its labels. */
export function exporterSeries(): Map<string, Set<string>> {
  const series = new Map<string, Set<string>>();
  for (const line of [...read('postgres').split('\n'), ...read('redis').split('\n')]) {
    const [, name, labels = ''] = sample.exec(line) ?? [];
    if (name === undefined) continue;
    const has = series.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) has.add(label);
    series.set(name, has);
  }
  return series;
}

/** Answers the same, but that each counter has grown by one since the last time. */
function exposition(exporter: Exporter, scrapes: number): string {
  const text = read(exporter);
  const counters = new Set([...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name));
  return text
    .split('\n')
    .map((line) => {
      const [, name, labels = '', value] = sample.exec(line) ?? [];
      return counters.has(name) ? `${name}${labels} ${Number(value) + scrapes}` : line;
    })
    .join('\n');
}

/** @returns `host:port` of its metrics */
export async function startExporterFixture(
  exporter: Exporter,
): Promise<{ target: string; close(): Promise<void> }> {
  let scrapes = 0;
  const server = createServer((_request, response) => {
    scrapes += 1;
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    response.end(exposition(exporter, scrapes));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    target: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
