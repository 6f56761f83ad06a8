/** The composed service in a process of its own, with its spans, log lines and metrics at hand. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { startOtlpReceiver, type ReceivedLog, type ReceivedSpan } from './otlp-receiver.ts';
import { startServiceProcess } from './service-process.ts';
import { until } from './until.ts';

export interface TracedService {
  apiUrl: string;
  /** Between the service and PostgreSQL. */
  proxy: FaultProxy;
  spans: readonly ReceivedSpan[];
  /** What its log store got, where `OTEL_LOGS_EXPORTER` says that it has one. */
  logs: readonly ReceivedLog[];
  /** What was logged so far, one JSON document a line. */
  log(): string;
  /** @param token by default that of the service, if it has one */
  metrics(token?: string): Promise<string>;
  /** SIGSTOP suspends it, SIGCONT wakes it. */
  signal(name: NodeJS.Signals): void;
  /** The trace of an answer, once its server span has arrived. */
  traceOf(answer: Response): Promise<ReceivedSpan[]>;
  close(): Promise<void>;
}

export async function startTracedService(
  databaseUrl: string,
  env: Record<string, string> = {},
): Promise<TracedService> {
  await using stack = new AsyncDisposableStack();
  const dataDir = mkdtempSync(join(tmpdir(), 'sono-eval-traced-'));
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  const receiver = await startOtlpReceiver();
  stack.defer(() => receiver.close());
  const target = new URL(databaseUrl);
  const proxy = await startFaultProxy({ port: Number(target.port) });
  stack.defer(() => proxy.close());
  target.port = String(proxy.port);
  const service = await startServiceProcess({
    APP_ENV: 'testing',
    LOG_LEVEL: 'DEBUG',
    LOG_DIR: join(dataDir, 'logs'),
    DATA_DIR: dataDir,
    DATABASE_URL: target.href,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_BSP_SCHEDULE_DELAY: '20',
    ...env,
  });
  stack.defer(() => service.stop());

  const running = stack.move();
  return {
    apiUrl: service.apiUrl,
    proxy,
    spans: receiver.spans,
    logs: receiver.logs,
    log: () => readFileSync(join(dataDir, 'logs', 'sono-eval.log'), 'utf8'),
    metrics: async (token = env['METRICS_TOKEN']) => {
      const headers: Record<string, string> =
        token === undefined ? {} : { Authorization: `Bearer ${token}` };
      return (await fetch(`http://${service.metricsTarget}/metrics`, { headers })).text();
    },
    signal: (name) => service.signal(name),
    async traceOf(answer) {
      const id = /00-([0-9a-f]{32})/.exec(answer.headers.get('server-timing') ?? '')?.[1];
      const mine = () => receiver.spans.filter(({ traceId }) => traceId === id);
      await until(() => mine().some(({ kind }) => kind === 2));
      return mine();
    },
    close: () => running.disposeAsync(),
  };
}

/** Name of a span followed by the trees below it, in a fixed order; a bare name when there are none. */
export type Tree = string | Tree[];

/** @throws {Error} when the spans are not one tree below a server span */
export function treeOf(spans: readonly ReceivedSpan[]): Tree {
  const [root, ...others] = spans.filter(({ kind }) => kind === 2);
  if (root === undefined || others.length > 0) throw new Error(`${others.length + 1} roots`);
  let seen = 0;
  const grow = (span: ReceivedSpan): Tree => {
    seen += 1;
    const below = spans
      .filter(({ parentSpanId }) => parentSpanId === span.spanId)
      .map(grow)
      .sort((a, b) => (String(a) < String(b) ? -1 : 1));
    return below.length === 0 ? span.name : [span.name, ...below];
  };
  const tree = grow(root);
  if (seen !== spans.length) throw new Error(`${spans.length - seen} spans hang in the air`);
  return tree;
}
