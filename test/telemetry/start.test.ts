import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { trace } from '@opentelemetry/api';
import { Redis } from 'ioredis';
import { telemetry } from '#telemetry/start.ts';
import { runNode, runPreloaded } from '#test/support/run-node.ts';

const isWrapped = (fn: unknown) => typeof fn === 'function' && '__wrapped' in fn;

describe('the preload', () => {
  it('has run before mocha loaded this file', () => {
    const { 'node-option': options } = JSON.parse(readFileSync('.mocharc.json', 'utf8')) as {
      'node-option': string[];
    };
    assert.deepEqual(
      options,
      ['import=./telemetry/start.ts'],
      'with a space mocha runs no test at all',
    );
    assert.ok(process.execArgv.some((arg) => arg.includes('telemetry/start.ts')));
    assert.equal(telemetry.active, true);
    assert.ok(
      isWrapped(Reflect.get(Redis.prototype, 'sendCommand')),
      'ioredis was imported without the hook',
    );
  });

  it('gives spans real ids though nothing is sent', () => {
    const { traceId } = trace.getTracer('test').startSpan('x').spanContext();
    assert.match(traceId, /^(?!0{32})[0-9a-f]{32}$/);
  });

  it('does nothing in a worker thread, which inherits it', async () => {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       import(${JSON.stringify(new URL('../../telemetry/start.ts', import.meta.url).href)})
         .then(({ telemetry }) => parentPort.postMessage(telemetry.active));`,
      { eval: true },
    );
    const [active] = (await once(worker, 'message')) as [boolean];
    await worker.terminate();
    assert.equal(active, false);
  });

  it('is the same when it is imported again under another URL', async () => {
    const url = `${new URL('../../telemetry/start.ts', import.meta.url).href}?again`;
    const again = (await import(url)) as { telemetry: typeof telemetry };
    assert.equal(again.telemetry, telemetry);
  });

  it('loads pg and ioredis without a span only when it is missing: the check above can fail', async () => {
    const source = `import { Redis } from 'ioredis'; console.log('__wrapped' in Redis.prototype.sendCommand);`;
    const plain = await runNode(['--input-type=module', '--eval', source]).result;
    const hooked = await runPreloaded(source).result;
    assert.deepEqual([plain.stdout, hooked.stdout, hooked.stderr], ['false\n', 'true\n', '']);
  });

  it('makes the six instrumentations that are configured, whatever the environment asks for', async () => {
    const source = `
      import { instrumentations } from '#telemetry/instrumentations.ts';
      console.log(instrumentations(process.env).map((made) => made.instrumentationName).sort().join());`;
    const env = { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'fs,dns' };
    const { stdout } = await runNode(['--input-type=module', '--eval', source], env).result;
    const six = ['http', 'ioredis', 'pg', 'runtime-node', 'undici', 'winston'];
    assert.equal(stdout, `${six.map((name) => `@opentelemetry/instrumentation-${name}`).join()}\n`);
  });

  it('respects OTEL_SDK_DISABLED', async () => {
    const source = `
      import { telemetry } from '#telemetry/start.ts';
      import { activeTrace } from '#telemetry/tracing.ts';
      import { withSpan } from '#test/support/with-span.ts';
      const { traceId } = await withSpan('x', {}, () => activeTrace());
      await telemetry.shutdown();
      console.log(telemetry.active, traceId, await telemetry.collect());`;
    const { stdout, stderr } = await runPreloaded(source, { OTEL_SDK_DISABLED: 'true' }).result;
    assert.deepEqual([stdout, stderr], [`false ${'0'.repeat(32)} null\n`, '']);
  });

  it('takes the name of the service from OTEL_SERVICE_NAME', async () => {
    const source = `
      import { renderMetrics } from '#telemetry/metrics.ts';
      import { telemetry } from '#telemetry/start.ts';
      console.log((await renderMetrics('', telemetry.collect)).body.match(/target_info{.*/)[0]);`;
    const env = { OTEL_SERVICE_NAME: 'other', APP_ENV: 'staging' };
    const { stdout } = await runPreloaded(source, env).result;
    assert.match(stdout, /service_name="other"/);
    assert.match(stdout, /deployment_environment_name="staging"/);
    assert.doesNotMatch(stdout, /process_|host_/);
  });
});

describe('a collector that is down', () => {
  const source = `
    import { telemetry } from '#telemetry/start.ts';
    import { withSpan } from '#test/support/with-span.ts';
    for (let i = 0; i < 600; i++) await withSpan('x', {}, () => {});
    await telemetry.shutdown();
    await telemetry.shutdown();
    const inFlight = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap');
    console.log(JSON.stringify({ inFlight: inFlight.length }));
    process.exit(0);`;
  /** @returns how many exports had neither succeeded nor failed when the shutdown was over */
  const exportsInFlight = async (endpoint: string) => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: '10' };
    const { code, stdout, stderr } = await runPreloaded(source, env).result;
    assert.equal(code, 0, stderr);
    assert.ok(stderr.split('\n').length <= 3, `more than one warning: ${stderr}`);
    return (JSON.parse(stdout) as { inFlight: number }).inFlight;
  };

  it('that refuses stops neither the work nor the shutdown, and is told once', async () => {
    await exportsInFlight('http://127.0.0.1:1');
  });

  it('that takes connections and never answers is waited for neither by the work nor by the shutdown', async () => {
    const sockets: Socket[] = [];
    const blackHole = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await once(blackHole, 'listening');
    const { port } = blackHole.address() as AddressInfo;
    const waitedFor = await exportsInFlight(`http://127.0.0.1:${port}`);
    for (const socket of sockets) socket.destroy();
    blackHole.close();
    assert.ok(waitedFor > 0, 'the shutdown was over before the exports were');
  });

  it('whose address is no URL is told once, and the process starts', async () => {
    const { code, stderr } = await runPreloaded('', { OTEL_EXPORTER_OTLP_ENDPOINT: 'nonsense' })
      .result;
    assert.equal(code, 0);
    assert.match(stderr, /Traces are not sent: the OTLP endpoint is not a URL/);
    assert.doesNotMatch(stderr, /nonsense/);
  });
});

describe('the OpenTelemetry packages', () => {
  it('are each installed once: a second copy of the API or the hook goes dark', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { version: string }>;
    };
    for (const name of [
      ...[
        'api',
        'core',
        'resources',
        'instrumentation',
        'sdk-trace',
        'sdk-metrics',
        'sdk-node',
      ].map((name) => `@opentelemetry/${name}`),
      'import-in-the-middle',
    ]) {
      const copies = Object.keys(lock.packages).filter((path) =>
        path.endsWith(`node_modules/${name}`),
      );
      assert.deepEqual(copies, [`node_modules/${name}`]);
    }
  });
});
