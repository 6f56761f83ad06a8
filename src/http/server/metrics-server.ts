import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Logger } from '#telemetry/logger.ts';
import { isSameSecret } from '../same-secret.ts';
import { listen } from './lifecycle.ts';

export interface MetricsServer {
  /** The real one, also when 0 was asked for. */
  port: number;
  close(): Promise<void>;
}

interface Options {
  host: string;
  port: number;
  render: (accept: string | undefined) => Promise<{ contentType: string; body: string }>;
  /** What scrapes must bring as `Authorization: Bearer`; null: nothing. */
  token: string | null;
  log: Logger;
  /** Milliseconds in place of 5 s for a request to be there, looked at every 2 s, for tests. */
  limits?: { receiveMs: number; checkMs: number };
}

/** Scrapers and operators are few; the rest is room for sockets on which nothing comes, until they are cut off. */
const CONNECTIONS = 500;

/** Prometheus asks for it; a tenth of the bytes. Not where its weight is 0 (RFC 9110). */
const takesGzip = /(^|,)\s*(gzip|x-gzip)\s*(;\s*q=(0\.0*[1-9]\d*|1(\.0*)?)\s*)?(,|$)/i;
const compress = promisify(gzip);

/**
 * The scrape endpoint on a port of its own, never the public one: `GET /metrics` and `GET /livez`.
 * Keep-alive outlasts a usual scrape interval of 15 to 60 s.
 */
export async function startMetricsServer(options: Options): Promise<MetricsServer> {
  const { receiveMs, checkMs } = options.limits ?? { receiveMs: 5000, checkMs: 2000 };
  const server = createServer(
    {
      headersTimeout: receiveMs,
      requestTimeout: receiveMs,
      connectionsCheckingInterval: checkMs,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 8192,
    },
    (request, response) => void answer(options, request, response),
  );
  server.maxConnections = CONNECTIONS;
  const port = await listen(server, options.host, options.port, 'METRICS_PORT');
  return {
    port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      // A scrape in progress is not worth waiting for.
      setTimeout(() => server.closeAllConnections(), 500).unref();
      await closed;
    },
  };
}

async function answer(
  { render, token, log }: Options,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const path = request.url?.split('?', 1)[0];
  if (path !== '/metrics' && path !== '/livez') return send(request, response, 404, 'Not found\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return send(request, response, 405, 'Method not allowed\n');
  }
  if (path === '/livez') return send(request, response, 200, 'alive\n');
  if (token !== null && !isSameSecret(request.headers.authorization ?? '', `Bearer ${token}`)) {
    response.setHeader('WWW-Authenticate', 'Bearer realm="metrics"');
    return send(request, response, 401, 'Unauthorized\n');
  }
  try {
    await sendMetrics(render, request, response);
  } catch (error) {
    log.error('Metrics could not be rendered', { error });
    send(request, response, 500, 'Metrics could not be rendered\n');
  }
}

async function sendMetrics(
  render: Options['render'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { accept, 'accept-encoding': encodings = '' } = request.headers;
  const { contentType, body } = await render(accept);
  const compressed = takesGzip.test(encodings) ? await compress(body) : null;
  response.setHeader('Vary', 'Accept, Accept-Encoding');
  if (compressed !== null) response.setHeader('Content-Encoding', 'gzip');
  send(request, response, 200, compressed ?? body, contentType);
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  contentType = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
