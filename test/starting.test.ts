/** What a client sees of a process that has its port but not yet its database. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { start } from '#src/compose.ts';
import { loadConfig } from '#src/config.ts';
import { testDatabase } from '#test/support/database.ts';
import { startFaultProxy } from '#test/support/fault-proxy.ts';
import { freePort } from '#test/support/free-port.ts';
import { unlimited } from '#test/support/unlimited.ts';
import { until } from '#test/support/until.ts';

describe('a service that starts before its database', () => {
  const database = testDatabase({ migrated: false });

  it('answers 503 with Retry-After until the tables are there, and status routes at once', async () => {
    await using cleanup = new AsyncDisposableStack();
    const databaseUrl = new URL(database.url);
    const proxy = await startFaultProxy({ port: Number(databaseUrl.port) });
    cleanup.defer(() => proxy.close());
    await proxy.set({ kind: 'refuse' });
    databaseUrl.port = String(proxy.port);
    const dataDir = mkdtempSync(join(tmpdir(), 'sono-starting-'));
    cleanup.defer(() => rmSync(dataDir, { recursive: true, force: true }));
    const port = String(await freePort());
    const config = loadConfig({
      APP_ENV: 'testing',
      API_HOST: '127.0.0.1',
      API_PORT: port,
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: '0',
      DATABASE_URL: databaseUrl.href,
      DATA_DIR: dataDir,
      ...unlimited,
    });
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const starting = start(config, new AbortController().signal, silent);
    cleanup.defer(async () => (await starting).stop({ lead: false }));
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);

    await until(async () => (await get('/api/v1/status/liveness')).ok);
    assert.equal((await get('/api/v1/status/readiness')).status, 503);
    const refused = await get('/api/v1/candidates');
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get('retry-after'), '1');
    const problem = (await refused.json()) as { detail: string };
    assert.equal(problem.detail, 'The service is starting.');

    await proxy.set({ kind: 'pass' });
    await starting;
    assert.equal((await get('/api/v1/candidates')).status, 200);
    assert.equal((await get('/api/v1/status/readiness')).status, 200);
  });
});
