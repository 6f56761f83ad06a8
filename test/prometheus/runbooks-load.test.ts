/** The runbooks of what is slow, missing, full or too much: their commands, on a service where all of it is so. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { dispute } from '#test/grafana/traffic.ts';
import { testDatabase } from '#test/support/database.ts';
import { editedCopy } from '#test/support/edited-copy.ts';
import { freePort } from '#test/support/free-port.ts';
import { startRunbookRig, type RunbookRig } from '#test/support/runbook-rig.ts';
import { until } from '#test/support/until.ts';
import { assessmentExamples } from '#src/features/assessments/assessment-examples.ts';
import { assess, faults, filteredLines, post, times, tryPages } from './runbook-faults.ts';

const fault = 'PostgreSQL is slow, and much else';

describe('the commands of the runbooks', function () {
  this.timeout(300_000);
  const database = testDatabase();
  let rig: RunbookRig;
  before(async () => {
    const collector = `127.0.0.1:${await freePort()}`;
    rig = await startRunbookRig({
      databaseUrl: database.url,
      targets: { jaeger: [collector] },
      // A threshold that somebody has changed in what was released.
      copy: (folder) =>
        editedCopy(folder, 'src/engine/rubrics/2026-12.json', (text) =>
          text.replace(/("strength_score": \{\s+"value": )\d+/, '$11'),
        ),
      env: (dir) => {
        mkdirSync(join(dir, 'logs'));
        symlinkSync('/dev/full', join(dir, 'logs', 'sono-eval.log'));
        return {
          LOG_DIR: join(dir, 'logs'),
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://${collector}`,
          OTEL_EXPORTER_OTLP_TIMEOUT: '200',
          OTEL_BSP_SCHEDULE_DELAY: '200',
          OTEL_TRACES_SAMPLER: 'always_on',
          RATE_LIMIT_PER_MINUTE: '20',
          TRUSTED_PROXIES: '127.0.0.1',
          CACHE_ENABLED: 'false',
          WEBHOOK_ALLOW_LOOPBACK: 'true',
          ENGINE_CHECK_INTERVAL: '5s',
        };
      },
    });
    const list = (client: number) => rig.ask('/api/v1/candidates', { headers: from(client) });
    await dispute(
      (method, path, body) => rig.ask(path, { ...post(body, from(1)), method }),
      await assess(rig, from(1)),
      1,
    );
    await rig.untilScraped();
    await failInBackground(rig);
    await rig.shell.run(`sql 'alter table candidates rename to elsewhere'`);
    for (const client of Array(5).keys()) await list(client);
    await rig.shell.run(`sql 'alter table elsewhere rename to candidates'`);
    for (const statement of [...stolen, ...stuck]) await rig.shell.run(`sql "${statement}"`);
    await rig.database.set({ kind: 'delay', ms: 120 });
    let client = 0;
    await rig.untilAlerts(faults[fault].alerting, () =>
      Promise.all([...times(30, () => list(client++)), ...times(5, () => list(0))]),
    );
  });
  after(() => rig.stop());

  tryPages(fault, () => rig);

  it('show every error that was logged', async () => {
    const errors = () => rig.service.log().filter(({ level }) => level === 'error').length;
    for (const name of ['ErrorLogSpike', 'CircuitBreakerStuckHalfOpen']) {
      const before = errors();
      assert.ok(before >= 5);
      const shown = (await filteredLines(rig, name)).length;
      // A slow request may have failed meanwhile.
      assert.ok(before <= shown && shown <= errors(), `${name} shows ${shown} of ${before}`);
    }
  });
});

const thief = 'user_00000000-0000-7000-8000-000000000000';
/** An administrator who was closed down after a refresh token came back, and what it had made. */
const stolen = [
  `insert into users values ('${thief}', 'root', 'none', 'admin', null, 2, true, now(), now())`,
  `insert into api_keys (id, secret_hmac, last_four, name, role, user_id, created_by, revoked_at, created_at) values ('AAAAAAAAAAAA', 'none', 'AAAA', 'nightly build', 'admin', '${thief}', 'key_bootstrap', now(), now())`,
  ...[
    ['key_bootstrap', 'user.created'],
    [thief, 'api_key.created'],
    ['anonymous', 'refresh_token.reused'],
  ].map(
    ([actor, action]) =>
      `insert into audit_events values (gen_random_uuid(), now(), '${actor}', '${action}', '${thief}', 'request', 'trace', '{}')`,
  ),
];

/** Jobs of a dead one's and of a worker's that is not there. */
const stuck = [
  ...[
    ['1', 'failed', 'now()', 'true'],
    ['2', 'queued', 'null', 'false'],
  ].map(
    ([n, status, finishedAt, isDead]) =>
      `insert into assessment_jobs (id, owner, candidate_id, assessment_id, queue, status, is_sent, is_dead, priority, attempts, progress, revision, input, created_at, finished_at) values ('job_00000000-0000-7000-8000-00000000000${n}', 'anonymous', 'nobody', 'assess_00000000-0000-7000-8000-00000000000${n}', 'assess', '${status}', true, ${isDead}, 0, 6, 0, 1, '{}', now(), ${finishedAt})`,
  ),
  `insert into pgboss.job (name, start_after) values ('assess', now() + interval '1 day')`,
];

/** An upload that cannot be stored beside one that is, a job that fails at first, and a receiver that is not there. */
async function failInBackground(rig: RunbookRig): Promise<void> {
  const logged = (event: string) =>
    until(() => rig.service.log().some((line) => line['event.name'] === event));
  const upload = () => {
    const body = new FormData();
    body.append('file', new Blob(['def add(a, b):\n    return a + b\n']), 'add.py');
    return rig.ask('/api/v1/files/upload', { method: 'POST', headers: from(2), body });
  };
  await upload();
  await rig.shell.run(`sql 'alter table files rename to elsewhere'`);
  await upload();
  await rig.shell.run(`sql 'alter table elsewhere rename to files'`);
  await rig.ask('/api/v1/webhooks', post({ url: 'https://127.0.0.1:1/' }, from(3)));
  await rig.shell.run(`sql 'alter table assessments rename to elsewhere'`);
  await rig.ask('/api/v1/assessments/async', post(assessmentExamples.code.value, from(3)));
  await logged('job.retried');
  await rig.shell.run(`sql 'alter table elsewhere rename to assessments'`);
  await logged('webhook.retried');
}

/** The address of a client, behind a proxy. */
function from(number: number): Record<string, string> {
  return { 'X-Forwarded-For': `203.0.${113 + Math.floor(number / 250)}.${(number % 250) + 1}` };
}
