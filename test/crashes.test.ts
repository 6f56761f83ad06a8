/** The short form of test/chaos/postgres-crash.ts: after the second crash as after the first. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '#src/storage/embedded-postgres/embedded-postgres.ts';
import { makeTestDir } from '#test/support/database.ts';
import { startServiceProcess } from '#test/support/service-process.ts';
import { until } from '#test/support/until.ts';

const CRASHES = 2;
const CLIENTS = 8;
const POOL = 4;

describe('a database that is killed under transactional load', () => {
  it('is written to again each time, with a whole pool; liveness and the process live on', async () => {
    await using cleanup = new AsyncDisposableStack();
    const dataDir = makeTestDir();
    cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
    const server = await startEmbeddedPostgres({ dataDir, durable: false, log: () => {} });
    cleanup.defer(() => server.stop());
    const url = new URL(server.url);
    url.searchParams.set('max_connections', String(POOL));
    const service = await startServiceProcess({ DATABASE_URL: url.href, DATA_DIR: dataDir });
    cleanup.defer(() => service.stop());

    const refused: string[] = [];
    let sent = 0;
    let created = 0;
    const write = async () => {
      const response = await fetch(`${service.apiUrl}/api/v1/candidates`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ candidate_id: `written-${(sent += 1)}` }),
      });
      await response.arrayBuffer();
      if (response.status === 201) created += 1;
      else refused.push(`${response.status} ${response.headers.get('retry-after') !== null}`);
    };
    const live: number[] = [];
    const over = new AbortController();
    const load = Array.from({ length: CLIENTS }, async () => {
      while (!over.signal.aborted) await write();
    });
    const watch = (async () => {
      while (!over.signal.aborted)
        live.push((await fetch(`${service.apiUrl}/api/v1/status/liveness`)).status);
    })();
    const postmaster = () =>
      Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
    const gauge = async (name: string) => {
      const text = await (await fetch(`http://${service.metricsTarget}/metrics`)).text();
      const lines = text.split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line));
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    };
    const more = async (count: number) => {
      const enough = created + count;
      await until(() => created >= enough);
    };
    for (let n = 0; n < CRASHES; n += 1) {
      await more(50);
      const old = postmaster();
      // As `pg_ctl stop -m immediate` does it.
      process.kill(old, 'SIGQUIT');
      await until(() => postmaster() !== old);
      // More than one for each connection that the crash could have cost.
      await more(50);
      assert.ok((await gauge('db_client_connections')) <= POOL);
    }
    over.abort();
    await Promise.all([...load, watch]);
    await until(async () => (await gauge('db_client_connection_pending_requests')) === 0);
    assert.ok(refused.length > 0, 'nobody noticed');
    assert.deepEqual(
      refused.filter((answer) => answer !== '503 true'),
      [],
    );
    assert.deepEqual(
      live.filter((status) => status !== 200),
      [],
    );
  });
});
