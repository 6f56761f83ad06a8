import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningService } from '#src/compose.ts';
import { renderMetrics } from '#telemetry/metrics.ts';
import { testDatabase } from './support/database.ts';
import { startSilently } from './support/silent-service.ts';

/** The process has one `/metrics`; what a service shows there must end with the service. */
describe('two services in one process', () => {
  const database = testDatabase();
  const running = new Set<RunningService>();
  let dataDir: string;
  before(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'sono-service-'));
  });
  after(async () => {
    for (const service of running) await service.stop({ lead: false });
    rmSync(dataDir, { recursive: true, force: true });
  });

  const begin = async () => {
    const service = await startSilently({ DATABASE_URL: database.url, DATA_DIR: dataDir });
    running.add(service);
    return service;
  };
  const end = async (service: RunningService) => {
    await service.stop({ lead: false });
    running.delete(service);
  };
  /** Puts an entry into its cache, and an address into its limiter. */
  const ask = async ({ apiPort }: RunningService) => {
    const url = `http://127.0.0.1:${apiPort}/api/v1/candidates/nobody/stats`;
    const response = await fetch(url);
    await response.text();
    assert.equal(response.status, 404);
  };
  const shown = async () => {
    const { body } = await renderMetrics(undefined);
    const value = (series: string) => {
      const line = body.split('\n').find((text) => text.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length));
    };
    return {
      ready: value('app_ready'),
      cached: value('cache_entries{cache="candidate_stats"}'),
      addresses: value('rate_limiter_local_entries{kind="address"}'),
      breaker: value('circuit_breaker_last_transition_timestamp_seconds{name="postgres_service"}'),
      inFlight: value('assessment_in_flight'),
      waiting: value('assessment_queue_size'),
    };
  };

  it('show the sum, then the one that lives, then none', async function () {
    this.timeout(300_000);
    const before = await shown();
    assert.deepEqual([before.ready, before.cached, before.breaker], [0, undefined, undefined]);

    const first = await begin();
    await ask(first);
    const alone = await shown();
    assert.deepEqual([alone.ready, alone.cached, alone.inFlight, alone.waiting], [1, 1, 0, 0]);
    assert.ok((alone.addresses ?? 0) > 0);

    const second = await begin();
    await ask(second);
    const both = await shown();
    assert.deepEqual([both.ready, both.cached], [1, 2]);
    assert.equal(both.addresses, 2 * (alone.addresses ?? 0));
    assert.ok((both.breaker ?? 0) > (alone.breaker ?? 0), 'of two, the last change of state');

    await end(second);
    assert.deepEqual(await shown(), alone);

    await end(first);
    assert.deepEqual(await shown(), before);
  });
});
