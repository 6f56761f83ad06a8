import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { startMetricsServer, type MetricsServer } from '#src/http/server/metrics-server.ts';
import type { Logger } from '#telemetry/logger.ts';
import { renderMetrics } from '#telemetry/metrics.ts';
import { until } from '#test/support/until.ts';
import { parseExposition } from '#test/support/exposition-parser.ts';

const errors: string[] = [];
const silent = () => {};
const log: Logger = {
  debug: silent,
  info: silent,
  warn: silent,
  error: (message) => void errors.push(message),
  child: () => log,
};
const start = (
  render: Parameters<typeof startMetricsServer>[0]['render'],
  token: string | null = null,
) => startMetricsServer({ host: '127.0.0.1', port: 0, token, render, log });

describe('the metrics server', () => {
  let server: MetricsServer;
  let url = '';
  before(async () => {
    server = await start(renderMetrics);
    url = `http://127.0.0.1:${server.port}`;
  });
  after(() => server.close());

  it('takes a free port when asked for 0, not the default of the exporter', () => {
    assert.ok(server.port > 0 && server.port !== 9464);
  });

  it('serves both formats by Accept', async () => {
    const text = await fetch(`${url}/metrics`);
    assert.equal(text.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    parseExposition(await text.text(), 'text');
    const open = await fetch(`${url}/metrics?x=1`, {
      headers: { Accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' },
    });
    assert.equal(
      open.headers.get('content-type'),
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    parseExposition(await open.text(), 'openmetrics');
  });

  it('is compressed for who takes that, and for nobody else', async () => {
    const plain = async (encoding: string) => {
      const response = await fetch(`${url}/metrics`, { headers: { 'Accept-Encoding': encoding } });
      assert.equal(response.headers.get('vary'), 'Accept, Accept-Encoding');
      parseExposition(await response.text(), 'text');
      return response.headers.get('content-encoding');
    };
    for (const taken of ['gzip', 'deflate, gzip;q=0.5', 'GZIP, br']) {
      assert.equal(await plain(taken), 'gzip', taken);
    }
    for (const refused of ['identity', 'gzip;q=0', 'br, gzip; q=0.0', 'gzipped']) {
      assert.equal(await plain(refused), null, refused);
    }
  });

  it('answers HEAD without a body and /livez', async () => {
    const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
    assert.equal(await (await fetch(`${url}/livez`)).text(), 'alive\n');
  });

  it('refuses other paths and methods', async () => {
    assert.equal((await fetch(`${url}/`)).status, 404);
    assert.equal((await fetch(`${url}/metrics/`)).status, 404);
    const posted = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' });
    assert.equal(posted.status, 405);
    assert.equal(posted.headers.get('allow'), 'GET, HEAD');
  });

  it('answers 500 and logs when rendering fails altogether', async () => {
    const broken = await start(() => Promise.reject(new Error('no')));
    const response = await fetch(`http://127.0.0.1:${broken.port}/metrics`);
    await broken.close();
    assert.equal(response.status, 500);
    assert.ok(!(await response.text()).includes('no\n'));
    assert.deepEqual(errors, ['Metrics could not be rendered']);
  });

  it('closes though a scrape hangs and connections idle', async () => {
    const stuck = await start(() => new Promise(() => {}));
    const idle = connect(stuck.port, '127.0.0.1');
    await once(idle, 'connect');
    const hanging = fetch(`http://127.0.0.1:${stuck.port}/metrics`).catch(() => 'cut');
    await fetch(`http://127.0.0.1:${stuck.port}/livez`);
    // It waited for ever for what never ends by itself.
    await stuck.close();
    assert.equal(await hanging, 'cut');
  });

  it('asks scrapes for its token, where it has one, and probes for nothing', async () => {
    const guarded = await start(renderMetrics, 'a-token-of-scrapes');
    try {
      const ask = async (path: string, authorization?: string) => {
        const response = await fetch(`http://127.0.0.1:${guarded.port}${path}`, {
          headers: authorization === undefined ? {} : { authorization },
        });
        await response.text();
        return [response.status, response.headers.get('www-authenticate')];
      };
      const refused = [401, 'Bearer realm="metrics"'];
      assert.deepEqual(await ask('/metrics'), refused);
      assert.deepEqual(await ask('/metrics', 'Bearer a-token-of-scrape'), refused);
      assert.deepEqual(await ask('/metrics', 'a-token-of-scrapes'), refused);
      assert.deepEqual(await ask('/metrics', 'Bearer a-token-of-scrapes'), [200, null]);
      assert.deepEqual(await ask('/livez'), [200, null]);
    } finally {
      await guarded.close();
    }
  });

  it('rejects with the variable to change when the port is taken', async () => {
    await assert.rejects(
      startMetricsServer({
        host: '127.0.0.1',
        port: server.port,
        token: null,
        render: renderMetrics,
        log,
      }),
      /METRICS_PORT/,
    );
  });

  it('cuts off 300 sockets on which too little comes, and is scraped meanwhile', async () => {
    const limits = { receiveMs: 200, checkMs: 20 };
    const own = await startMetricsServer({
      host: '127.0.0.1',
      port: 0,
      token: null,
      render: renderMetrics,
      log,
      limits,
    });
    try {
      let closed = 0;
      for (let n = 0; n < 300; n += 1) {
        const socket = connect(own.port, '127.0.0.1');
        if (n % 2 === 0) socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nX-A: ');
        socket.on('error', () => undefined).on('close', () => (closed += 1));
        socket.resume();
      }
      await until(async () => {
        assert.equal((await fetch(`http://127.0.0.1:${own.port}/metrics`)).status, 200);
        return closed === 300;
      });
    } finally {
      await own.close();
    }
  });
});
