/** The short form of test/chaos/restarts.ts: nobody notices that a process is replaced by another. */
import assert from 'node:assert/strict';
import { startBalancer } from '#test/support/balancer.ts';
import { testDatabase } from '#test/support/database.ts';
import { startServiceProcess } from '#test/support/service-process.ts';
import { until } from '#test/support/until.ts';

const CLIENTS = 6;
/** Of each client, before and after the process has ended. */
const REQUESTS = 15;

describe('a process that is replaced under load', () => {
  const database = testDatabase();

  it('fails no request, and each POST is stored once', async () => {
    await using cleanup = new AsyncDisposableStack();
    const balancer = await startBalancer();
    cleanup.defer(() => balancer.close());
    const begin = async () => {
      const service = await startServiceProcess({
        DATABASE_URL: database.url,
        SHUTDOWN_LEAD_SECONDS: '1',
      });
      cleanup.defer(() => service.stop());
      balancer.targets.add(service.apiUrl);
      await until(() => balancer.ready.has(service.apiUrl));
      return service;
    };
    const [old] = await Promise.all([begin(), begin()]);

    const answers: number[] = [];
    let sent = 0;
    const ask = async () => {
      const n = (sent += 1);
      const response = await (n % 2 === 0
        ? fetch(`${balancer.url}/api/v1/candidates?limit=5`)
        : fetch(`${balancer.url}/api/v1/candidates`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ candidate_id: `posted-${n}` }),
          }));
      await response.arrayBuffer();
      answers.push(response.status);
    };
    const over = new AbortController();
    const load = Array.from({ length: CLIENTS }, async () => {
      while (!over.signal.aborted) await ask();
    });
    const more = async () => {
      const enough = answers.length + CLIENTS * REQUESTS;
      await until(() => answers.length >= enough);
    };
    await more();
    old.signal('SIGTERM');
    await until(() => !balancer.ready.has(old.apiUrl));
    await old.exited;
    await more();
    over.abort();
    await Promise.all(load);
    assert.equal(await old.exited, 0);
    assert.deepEqual(
      answers.filter((status) => status !== 200 && status !== 201),
      [],
    );
    const created = answers.filter((status) => status === 201).length;
    const [row] = await database.db
      .em()
      .execute<{ n: number }[]>(
        `select count(*)::int as n from candidates where id like 'posted-%'`,
      );
    assert.equal(row?.n, created);
  });
});
