/** The exporters of PostgreSQL and Redis, by what the real ones once answered, with figures of servers in trouble. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { postgresExporter, redisExporter } from '#grafana/exporters.ts';

/** A gauge has the value; a counter grows at each scrape. */
type Trouble = Record<string, number | 'grows'>;

const postgres: Trouble = {
  [postgresExporter.maxConnections.name]: 1,
  [postgresExporter.deadlocks.name]: 'grows',
  [postgresExporter.longestTransaction.name]: 3600,
  [postgresExporter.up.name]: 0,
};
const redis: Trouble = {
  [redisExporter.memoryMax.name]: 1,
  [redisExporter.evicted.name]: 'grows',
  [redisExporter.rejectedConnections.name]: 'grows',
  [redisExporter.commandsRejected.name]: 'grows',
  [redisExporter.snapshotOk.name]: 0,
  [redisExporter.up.name]: 0,
};

export interface TroubledExporters {
  /** `host:port` by job. */
  targets: { postgres: string; redis: string };
  close(): Promise<void>;
}

export async function startTroubledExporters(): Promise<TroubledExporters> {
  await using stack = new AsyncDisposableStack();
  const serve = async (name: string, trouble: Trouble) => {
    const text = readFileSync(`test/fixtures/exporters/${name}.prom`, 'utf8');
    let scrapes = 0;
    const server = createServer((_request, response) => {
      scrapes += 1;
      response.setHeader('Content-Type', 'text/plain; version=0.0.4');
      response.end(troubled(text, trouble, scrapes));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    stack.defer(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    const address = server.address();
    return `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  };
  const targets = {
    postgres: await serve('postgres', postgres),
    redis: await serve('redis', redis),
  };
  const running = stack.move();
  return { targets, close: () => running.disposeAsync() };
}

function troubled(text: string, trouble: Trouble, scrapes: number): string {
  return text.replaceAll(/^(\w+)((?:\{.*\})? )(\S+)$/gm, (line, name: string, labels: string) => {
    const value = trouble[name];
    if (value === undefined) return line;
    return `${name}${labels}${value === 'grows' ? scrapes : value}`;
  });
}
