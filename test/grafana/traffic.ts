/** What happens to a service in a bad minute: every kind of answer, and each dependency down once. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MonitoredService } from './monitored-service.ts';

const submission = JSON.parse(readFileSync('test/fixtures/submission.json', 'utf8')) as object;
const code = {
  python:
    'def add(a, b):\n    """Adds."""\n    return a + b\n\n\ndef test_add():\n    assert add(1, 2) == 3\n',
  typescript: 'export function add(a: number, b: number): number {\n  return a + b;\n}\n',
  go: 'package main\n\nfunc add(a int, b int) int {\n\treturn a + b\n}\n',
};

/** @returns the answer's text */
type Send = (method: string, path: string, body?: unknown, signal?: AbortSignal) => Promise<string>;

/** An item of a result is disputed, and decided this way or that. Without a database there is none. */
export async function dispute(
  send: (method: string, path: string, body: object) => Promise<string>,
  result: string,
  n: number,
): Promise<void> {
  const [, assessment] = /"assessment_id":"(\w+-[\w-]+)"/.exec(result) ?? [];
  const [, evidence] = /"id":"([0-9a-f]{32})"/.exec(result) ?? [];
  if (assessment === undefined || evidence === undefined) return;
  const path = `/api/v1/assessments/${assessment}/appeals`;
  const filed = await send('POST', path, { evidence_id: evidence, reason: 'It does not hold.' });
  const [, appeal] = /"appeal_id":"([\w-]+)"/.exec(filed) ?? [];
  if (appeal === undefined) return;
  const decision = n % 3 === 0 ? 'rejected' : 'upheld';
  await send('PATCH', `${path}/${appeal}`, { decision, note: 'Looked at.' });
}

/** One of each, in about a tenth of a second. @param n makes names that were not used before */
async function oneOfEach(send: Send, n: number): Promise<void> {
  const candidate = { candidate_id: `candidate-${n}` };
  await send('POST', '/api/v1/candidates', candidate);
  await send('POST', '/api/v1/candidates', candidate);
  await send('POST', '/api/v1/candidates', { candidate_id: '' });
  await send('POST', '/api/v1/candidates', '{"candidate_id":');
  await send('GET', `/api/v1/candidates/candidate-${n}`);
  await send('GET', '/api/v1/candidates?page_size=5');
  await send('GET', '/api/v1/candidates/nobody');
  await send('DELETE', '/api/v1/errors');
  await send('GET', '/wp-login.php');
  await send('GET', '/api/v1/errors');
  await send('GET', '/api/v1/status/readiness');
  const source = Object.values(code)[n % 3];
  const result = await send('POST', '/api/v1/assessments', {
    ...candidate,
    content: { code: source },
  });
  await dispute(send, result, n);
  // One of the large ones, by SMALL_MAX_CHARACTERS.
  if (n % 4 === 1)
    await send('POST', '/api/v1/assessments', {
      ...candidate,
      content: { code: code.python.repeat(200) },
    });
  if (n % 4 === 0) await send('POST', '/api/v1/assessments', submission);
  await send('POST', '/api/v1/assessments/async', { ...candidate, content: { code: source } });
  await send('GET', `/api/v1/candidates/candidate-${n}/stats`);
  const guess = { username: 'nobody', password: 'a guess that is wrong' };
  await send('POST', '/api/v1/auth/token', new URLSearchParams(guess));
}

/** @param seconds of each of the five acts: calm, slow database, calm, no database, no Redis and no collector */
export async function driveTraffic(service: MonitoredService, seconds: number): Promise<void> {
  const send: Send = async (method, path, body, signal) => {
    const isForm = body instanceof URLSearchParams;
    const payload = isForm || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(service.apiUrl + path, {
      method,
      ...(signal === undefined ? {} : { signal }),
      ...(body === undefined
        ? {}
        : { body: payload, headers: isForm ? {} : { 'Content-Type': 'application/json' } }),
    });
    return response.text();
  };
  let n = 0;
  const act = async (leave = false) => {
    const until = performance.now() + seconds * 1000;
    // Twice at least: on a busy machine one round takes longer, and a rate is seen between two.
    for (let rounds = 0; rounds < 2 || performance.now() < until; rounds += 1) {
      const leaving = leave
        ? send('GET', '/api/v1/candidates', undefined, AbortSignal.timeout(60)).catch(() => '')
        : undefined;
      await Promise.all([oneOfEach(send, n++), leaving, sleep(150)]);
    }
  };
  // Nobody listens there: each end of a job is a delivery that fails.
  await send('POST', '/api/v1/webhooks', { url: 'https://127.0.0.1:1/' });
  await act();
  await service.proxy.set({ kind: 'delay', ms: 120 });
  await act(true);
  await service.proxy.set({ kind: 'pass' });
  await act();
  await service.proxy.set({ kind: 'reset-reply' });
  await oneOfEach(send, n++);
  await service.proxy.set({ kind: 'refuse' });
  await act();
  await service.proxy.set({ kind: 'pass' });
  await service.redis.kill();
  await service.traces.close();
  await act();
}
