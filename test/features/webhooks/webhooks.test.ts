/** Webhooks as their owner and their receiver see them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { testService, type Answer } from '#test/support/service.ts';
import { until } from '#test/support/until.ts';
import { startReceiver, type Received, type Receiver } from './receiver.ts';

const path = '/api/v1/webhooks';
const { content } = JSON.parse(readFileSync('test/fixtures/submission.json', 'utf8')) as {
  content: { files: { path: string; content: string }[] };
};
content.files.push({ path: 'note.py', content: '# canary-of-the-submission\n' });
const input = (candidate: string) => ({ candidate_id: candidate, content });

describe('webhooks', () => {
  const service = testService({ AUTH_REQUIRED: 'true', WEBHOOK_ALLOW_LOOPBACK: 'true' });
  let receiver: Receiver;
  before(async () => {
    receiver = await startReceiver();
  });
  after(() => receiver.close());

  const admin = () => ({ 'X-API-Key': service.adminKey });
  const keyOf = async (role: string) => {
    const { json } = await service.post('/api/v1/api-keys', { name: role, role }, admin());
    return { id: `key_${json.key_id}`, headers: { 'X-API-Key': json.key as string } };
  };
  const create = async (at: string, headers: Record<string, string>) => {
    const { status, json } = await service.post(path, { url: receiver.url + at }, headers);
    assert.equal(status, 201, JSON.stringify(json));
    return json;
  };
  const patch = (url: string, body: object, headers: Record<string, string>) =>
    service.send(url, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const at = (where: string) => receiver.received.filter((one) => one.path === where);
  const receivedAt = async (where: string, count = 1): Promise<Received[]> => {
    await until(() => at(where).length >= count);
    return at(where);
  };
  const deliveries = async (id: string, headers: Record<string, string>) =>
    (await service.get(`${path}/${id}/deliveries`, headers)).json.items;
  const settled = async (id: string, status: string, headers: Record<string, string>) => {
    await until(async () => (await deliveries(id, headers))[0]?.status === status);
    return (await deliveries(id, headers))[0];
  };
  const submit = (body: object, headers: Record<string, string>, to = 'async') =>
    service.post(`/api/v1/assessments/${to}`, body, headers);

  it('are made, read, changed and deleted by who made them, and by administrators', async () => {
    const [ada, bob] = [await keyOf('assessor'), await keyOf('assessor')];
    const made = await service.post(path, { url: `${receiver.url}/own` }, ada.headers);
    assert.equal(made.headers.get('cache-control'), 'no-store');
    const { webhook_id: id, secret, ...shown } = made.json;
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.deepEqual([shown.enabled, shown.created_by], [true, ada.id]);
    const url = `${path}/${id}`;
    assert.equal(made.headers.get('location'), url);
    assert.deepEqual((await service.get(url, ada.headers)).json, { webhook_id: id, ...shown });
    const foreign: Answer[] = [
      await service.get(url, bob.headers),
      await patch(url, { enabled: false }, bob.headers),
      await service.send(url, { method: 'DELETE', headers: bob.headers }),
      await service.get(`${url}/deliveries`, bob.headers),
    ];
    assert.deepEqual(
      foreign.map(({ status }) => status),
      [404, 404, 404, 404],
    );
    assert.deepEqual((await service.get(path, bob.headers)).json.items, []);
    assert.equal((await service.get(path, ada.headers)).json.items.length, 1);
    assert.ok((await service.get(path, admin())).text.includes(id));
    const viewer = await keyOf('viewer');
    assert.equal((await service.get(path, viewer.headers)).status, 403);
    assert.equal((await service.send(url, { method: 'DELETE', headers: admin() })).status, 204);
    assert.equal((await service.get(url, ada.headers)).status, 404);
  });

  it('are in the audit log with what was done to them, and not with what was refused', async () => {
    const owner = await keyOf('assessor');
    const { webhook_id: id } = await create('/audited', owner.headers);
    const url = `${path}/${id}`;
    await patch(url, { enabled: true, rotate_secret: true }, owner.headers);
    assert.equal((await patch(url, { enabled: 7 }, owner.headers)).status, 422);
    await submit(input('audited'), owner.headers);
    const { delivery_id: delivery } = await settled(id, 'delivered', owner.headers);
    const resend = () => service.post(`${url}/deliveries/${delivery}/resend`, undefined, admin());
    assert.equal((await resend()).status, 202);
    await settled(id, 'delivered', owner.headers);
    await service.send(url, { method: 'DELETE', headers: owner.headers });
    assert.equal((await resend()).status, 404);
    const { json } = await service.get('/api/v1/admin/audit?limit=100', admin());
    const of = json.items.filter(({ target }: { target: string }) => target === id);
    const own = owner.id;
    const administrator = `key_${service.adminKey.split('_')[1]}`;
    // Of lines in one millisecond none is the first.
    const told = of.map(({ action, actor, details }: Answer['json']) =>
      [action, actor, JSON.stringify(details)].join(' '),
    );
    assert.deepEqual(told.sort(), [
      `webhook.changed ${own} {"enabled":true}`,
      `webhook.created ${own} {}`,
      `webhook.deleted ${own} {}`,
      `webhook.resent ${administrator} {"delivery":"${delivery}"}`,
      `webhook.secret_rotated ${own} {}`,
    ]);
  });

  it('are refused for other addresses, with what is wrong', async () => {
    const { headers } = await keyOf('assessor');
    for (const [url, message] of [
      ['http://example.com/', 'must begin with https://'],
      ['https://10.0.0.1/', 'must not name an address of a private network'],
      ['https://2130706433/', 'must write an address in its usual form'],
      ['https://example.com:22/', 'must use port 443'],
    ]) {
      const { status, json } = await service.post(path, { url }, headers);
      assert.deepEqual(
        [status, json.errors[0].pointer, json.errors[0].message],
        [422, '/url', message],
      );
    }
  });

  it('are made once for an Idempotency-Key, and their secret is shown again', async () => {
    const { headers } = await keyOf('assessor');
    const make = () =>
      service.post(
        path,
        { url: `${receiver.url}/once` },
        { ...headers, 'Idempotency-Key': 'of a webhook' },
      );
    const [first, again] = [await make(), await make()];
    assert.deepEqual([first.status, again.status], [201, 201]);
    assert.match(first.json.secret, /^whsec_/);
    assert.equal(again.text, first.text);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    for (const header of ['location', 'cache-control'])
      assert.equal(again.headers.get(header), first.headers.get(header));
    assert.equal((await service.get(path, headers)).json.items.length, 1);
    // What is gone is not shown again: another one is made.
    const url = `${path}/${first.json.webhook_id}`;
    assert.equal((await service.send(url, { method: 'DELETE', headers })).status, 204);
    assert.notEqual((await make()).json.webhook_id, first.json.webhook_id);
    assert.equal((await service.get(path, headers)).json.items.length, 1);
  });

  it('are twenty for a caller, however many are made at once', async () => {
    const { headers } = await keyOf('assessor');
    const answers = await Promise.all(
      Array.from({ length: 23 }, (_, n) =>
        service.post(path, { url: `${receiver.url}/many/${n}` }, headers),
      ),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    assert.deepEqual(statuses, [...Array(20).fill(201), 409, 409, 409]);
  });

  it('tell once of a job, signed, with ids and a score and nothing of the submission', async () => {
    const { headers } = await keyOf('assessor');
    const { webhook_id: id, secret } = await create('/told', headers);
    const { json: job } = await submit(input('ada'), headers);
    const [told] = await receivedAt('/told');
    assert.ok(told);
    const payload = new Webhook(secret).verify(told.body, told.headers as never) as {
      type: string;
      data: Record<string, unknown>;
    };
    const stored = await service.get(`/api/v1/assessments/${job.assessment_id}`, headers);
    assert.equal(payload.type, 'assessment.completed');
    assert.deepEqual(payload.data, {
      job_id: job.job_id,
      assessment_id: job.assessment_id,
      candidate_id: 'ada',
      status: 'completed',
      overall_score: stored.json.overall_score,
    });
    assert.equal(typeof payload.data['overall_score'], 'number');
    assert.ok(!told.body.includes('canary'));
    assert.equal(told.headers['traceparent'], undefined);
    const delivery = await settled(id, 'delivered', headers);
    assert.equal(delivery.delivery_id, told.headers['webhook-id']);
    assert.deepEqual(
      [delivery.attempts, delivery.http_status, delivery.error, delivery.next_attempt_at],
      [1, 204, null, null],
    );
    // What README tells receivers to do.
    const readme = readFileSync('README.md', 'utf8');
    const example = /```js\n(\/\/ Verifies a webhook.*?)```/s.exec(readme)?.[1] ?? '';
    assert.ok(example.trim().split('\n').length <= 12, example);
    const source = `data:text/javascript,${encodeURIComponent(example)}`;
    const { isGenuine } = (await import(source)) as {
      isGenuine: (headers: object, body: string, secret: string) => boolean;
    };
    assert.equal(isGenuine(told.headers, told.body, secret), true);
    assert.equal(isGenuine(told.headers, `${told.body} `, secret), false);
    const late = { ...told.headers, 'webhook-timestamp': '1' };
    assert.equal(isGenuine(late, told.body, secret), false);
    // Again, under the same id.
    const again = `${path}/${id}/deliveries/${delivery.delivery_id}/resend`;
    const resent = await service.send(again, { method: 'POST', headers });
    assert.deepEqual([resent.status, resent.json.status], [202, 'queued']);
    const [, second] = await receivedAt('/told', 2);
    assert.equal(second?.headers['webhook-id'], delivery.delivery_id);
    assert.equal(second?.body, told.body);
  });

  it('are not told of the work of others', async () => {
    const [ada, bob] = [await keyOf('assessor'), await keyOf('assessor')];
    const { webhook_id: id } = await create('/mine', ada.headers);
    const { json } = await submit(input('ada'), bob.headers);
    await until(
      async () => (await service.get(json.status_url, bob.headers)).json.status === 'completed',
    );
    assert.deepEqual(await deliveries(id, ada.headers), []);
  });

  it('tell once of a batch, whatever became of its items', async () => {
    const { headers } = await keyOf('assessor');
    const { webhook_id: id } = await create('/batch', headers);
    const items = [input('ada'), { candidate_id: 'bad' }, input('bob')];
    const { json: batch } = await submit({ items }, headers, 'batch');
    const [told] = await receivedAt('/batch');
    assert.deepEqual(JSON.parse(told?.body ?? '').data, {
      batch_id: batch.batch_id,
      status: 'completed',
      total: 3,
      completed: 2,
      failed: 1,
      cancelled: 0,
    });
    await settled(id, 'delivered', headers);
    assert.equal((await deliveries(id, headers)).length, 1);
  });

  it('call the callback_url instead, which lies under the URL of a webhook', async () => {
    const { headers } = await keyOf('assessor');
    const { webhook_id: id, secret } = await create('/base', headers);
    const callback = (where: string) => submit({ ...input('ada'), callback_url: where }, headers);
    for (const where of ['/', '/basement', '/base/../other', '/base%2f..%2fother']) {
      const { status, json } = await callback(receiver.url + where);
      assert.deepEqual([status, json.errors[0].pointer], [422, '/callback_url'], where);
    }
    const elsewhere = await callback('https://example.com/base');
    assert.match(elsewhere.json.errors[0].message, /lie under it/);
    assert.equal((await callback(`${receiver.url}/base/one?course=7`)).status, 202);
    const [told] = await receivedAt('/base/one?course=7');
    new Webhook(secret).verify(told?.body ?? '', told?.headers as never);
    const delivery = await settled(id, 'delivered', headers);
    assert.equal(delivery.callback_url, `${receiver.url}/base/one?course=7`);
    assert.deepEqual(at('/base'), []);
  });

  it('sign with the former secret as well after a rotation', async () => {
    const { headers } = await keyOf('assessor');
    const { webhook_id: id, secret } = await create('/rotated', headers);
    const { json } = await patch(`${path}/${id}`, { rotate_secret: true }, headers);
    assert.notEqual(json.secret, secret);
    assert.ok(Date.parse(json.former_secret_until) > Date.now());
    await submit(input('ada'), headers);
    const [told] = await receivedAt('/rotated');
    assert.equal(String(told?.headers['webhook-signature']).split(' ').length, 2);
    for (const one of [secret, json.secret])
      new Webhook(one).verify(told?.body ?? '', told?.headers as never);
  });

  it('are disabled by a receiver that answers 410, and by their owner', async () => {
    const { headers } = await keyOf('assessor');
    const { webhook_id: id } = await create('/gone', headers);
    receiver.answers['/gone'] = (answer) => (answer.status = 410);
    await submit(input('ada'), headers);
    const delivery = await settled(id, 'dead', headers);
    assert.deepEqual([delivery.error, delivery.http_status, delivery.attempts], ['gone', 410, 1]);
    const { json } = await service.get(`${path}/${id}`, headers);
    assert.deepEqual([json.enabled, json.disabled_reason], [false, 'gone']);
    const again = `${path}/${id}/deliveries/${delivery.delivery_id}/resend`;
    await service.send(again, { method: 'POST', headers });
    await until(async () => (await deliveries(id, headers))[0].error === 'webhook_disabled');
    const enabled = await patch(`${path}/${id}`, { enabled: true }, headers);
    assert.deepEqual([enabled.json.enabled, enabled.json.disabled_reason], [true, null]);
    delete receiver.answers['/gone'];
    await service.send(again, { method: 'POST', headers });
    await settled(id, 'delivered', headers);
    const disabled = await patch(`${path}/${id}`, { enabled: false }, headers);
    assert.equal(disabled.json.disabled_reason, 'owner');
  });

  it('are tried again after a failure and not after the end, and then follow no redirect', async () => {
    const { headers } = await keyOf('assessor');
    const { webhook_id: id } = await create('/moved', headers);
    receiver.answers['/moved'] = (answer) =>
      Object.assign(answer, { status: 307, headers: { Location: `${receiver.url}/elsewhere` } });
    await submit(input('ada'), headers);
    const delivery = await settled(id, 'retrying', headers);
    assert.deepEqual([delivery.error, delivery.http_status], ['redirected', 307]);
    assert.ok(Date.parse(delivery.next_attempt_at) > Date.parse(delivery.attempted_at));
    const again = `${path}/${id}/deliveries/${delivery.delivery_id}/resend`;
    assert.equal((await service.send(again, { method: 'POST', headers })).status, 409);
    assert.deepEqual(at('/elsewhere'), []);
  });

  it('are counted, and logged without the path of their URL', async () => {
    const { headers } = await keyOf('assessor');
    const { webhook_id: id } = await create('/counted', headers);
    receiver.answers['/counted'] = (answer) => (answer.status = 500);
    await submit(input('ada'), headers);
    await settled(id, 'retrying', headers);
    const metrics = await (await fetch(`${service.metricsUrl}/metrics`)).text();
    assert.match(metrics, /webhook_deliveries_total\{outcome="retried"\} [1-9]/);
    const lines = service.log.filter((line) => line.includes(id));
    assert.ok(lines.some((line) => line.includes('webhook.retried')));
    assert.ok(lines.every((line) => !line.includes('/counted')));
  });

  it('tell nothing of a person who was erased', async () => {
    const { headers } = await keyOf('assessor');
    const { webhook_id: id } = await create('/erased', headers);
    receiver.answers['/erased'] = (answer) => (answer.status = 503);
    await submit(input('canary_of_erasure'), headers);
    await settled(id, 'retrying', headers);
    const exported = await service.get('/api/v1/candidates/canary_of_erasure/export', admin());
    assert.ok(exported.text.includes('webhook_deliveries'));
    await service.send('/api/v1/candidates/canary_of_erasure', {
      method: 'DELETE',
      headers: admin(),
    });
    assert.deepEqual(await deliveries(id, headers), []);
  });
});
