/**
 * Malformed requests, made from the OpenAPI document and of hostile bytes, by nobody and by an administrator:
 * `node --import ./telemetry/start.ts test/chaos/fuzz.ts [requests] [seed]`.
 * Prints a line for each promise and exits with 1 when one is broken.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { malformedRequests } from '#test/http/server/malformed-requests.ts';
import { exchange, hasEveryHeader } from '#test/http/server/raw-exchange.ts';
import { problemFaults } from '#test/support/contract.ts';
import {
  bodiesOf,
  targetsOf,
  type Document,
  type Operation,
} from '#test/support/openapi-requests.ts';
import { openPromises } from './promises.ts';
import { ownService } from '#test/support/own-service.ts';
import { probe } from './probing.ts';

const [, , count = '20000', seedText = '20261129'] = process.argv;
const seed = Number(seedText);
const bytesCount = Math.floor(Number(count) / 4);
const documentCount = Number(count) - bytesCount;
/** Fewer than are worked for at once, so that none is refused for lack of room. */
const AT_ONCE = 6;
/** The service gives up after 30 s. */
const HANGS_MS = 40_000;
/** What it does as it should would be 503 for all others. */
const OPENS_BREAKERS = '/api/v1/admin/circuit-breakers/{name}';

const cleanup = new AsyncDisposableStack();
const { report, broken } = openPromises(58);
const service = await ownService(cleanup, { AUTH_REQUIRED: 'true' });
let exits = 0;
void service.exited.then(() => (exits += 1));

const admin = readFileSync(join(service.dataDir, 'admin.key'), 'utf8').trim();

const statuses: Record<string, number> = {};
const faults = { failed: 0, hung: 0, breaches: new Map<string, string>() };

interface Sent {
  method: string;
  target: string;
  headers: Record<string, string>;
  body?: string;
}

function fail(kind: string, what: string): void {
  if (!faults.breaches.has(kind)) faults.breaches.set(kind, what.slice(0, 600));
}

function seen(status: number, what: string): void {
  statuses[status] = (statuses[status] ?? 0) + 1;
  if (status < 500) return;
  faults.failed += 1;
  fail(String(status), what);
}

/** Cut, doubled, or with a character replaced. */
const damaged = (text: string) =>
  fc
    .tuple(fc.nat(), fc.constantFrom('', '\0', '"', '{', '\r\n', '\xff', ',,'), fc.nat(3))
    .map(([at, by, how]) => {
      const middle = at % (text.length + 1);
      const rest = how === 0 ? '' : text.slice(how === 1 ? middle : middle + 1);
      return `${text.slice(0, middle)}${by}${rest}`;
    });

const credentials = fc.oneof(
  { weight: 4, arbitrary: fc.constant(admin) },
  fc.constantFrom('', 'se_nonsense', 'a.b.c'),
);
const types = fc.constantFrom('', 'text/plain', 'application/json; charset=utf-16', 'x');

function requestsOf(document: Document, path: string, method: string, operation: Operation) {
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [
    '',
    undefined,
  ];
  const sound = content === undefined ? fc.constant(undefined) : bodiesOf(document, content.schema);
  const written = sound.map((value) =>
    type === 'application/x-www-form-urlencoded'
      ? String(new URLSearchParams(Object.entries(value ?? {}).map(([k, v]) => [k, inForm(v)])))
      : JSON.stringify(value),
  );
  const body = written.chain((text) =>
    text === undefined ? fc.constant(text) : fc.oneof(fc.constant(text), damaged(text)),
  );
  return fc
    .record({
      target: targetsOf(document, path, operation),
      body,
      type: fc.oneof({ weight: 9, arbitrary: fc.constant(type) }, types),
      token: path === OPENS_BREAKERS ? fc.constantFrom('', 'se_nonsense') : credentials,
      key: fc.option(fc.stringMatching(/^[\x20-\x7e]{0,300}$/)),
    })
    .map(({ target, body, type, token, key }): Sent => ({
      method: method.toUpperCase(),
      target,
      headers: {
        ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined || type === '' ? {} : { 'Content-Type': type }),
        ...(key === null ? {} : { 'Idempotency-Key': key, 'If-None-Match': key }),
      },
      ...(body === undefined ? {} : { body }),
    }));
}

const inForm = (value: unknown) =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed();

/** `fetch` compares the answer with the document. */
async function ask({ method, target, headers, body }: Sent): Promise<void> {
  const what = `${method} ${target} ${body ?? ''}`;
  try {
    const answer = await fetch(new URL(target, service.apiUrl), {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(HANGS_MS),
    });
    seen(answer.status, `${what}\n${await answer.text()}`);
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'TimeoutError') faults.hung += 1;
    fail(`${name}: ${message.slice(0, 120)}`, `${what}\n${message}`);
  }
}

async function send(bytes: string): Promise<void> {
  try {
    const timer = AbortSignal.timeout(HANGS_MS);
    const hung = new Promise<null>((resolve) =>
      timer.addEventListener('abort', () => resolve(null)),
    );
    const answers = await Promise.race([exchange(service.apiUrl, bytes), hung]);
    if (answers === null) faults.hung += 1;
    for (const answer of answers ?? []) {
      seen(answer.status, `${bytes}\n${answer.body}`);
      const { status, body: text } = answer;
      const isHead = text === '';
      hasEveryHeader(answer, isHead, /^[A-Za-z0-9._-]{1,128}$/);
      if (status < 400 || isHead) continue;
      const headers = { get: (name: string) => answer.headers.get(name) ?? null };
      const wrong = problemFaults({ method: 'GET', url: '/', status, headers, text });
      if (wrong.length > 0) fail(wrong.join(), `${bytes}\n${text}`);
    }
  } catch (error) {
    fail((error as Error).message.slice(0, 120), `${bytes}\n${(error as Error).message}`);
  }
}

async function each<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const rest = all.values();
  const work = async () => {
    for (const one of rest) await act(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

try {
  const document = (await (await fetch(`${service.apiUrl}/openapi.json`)).json()) as Document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      requestsOf(document, path, method, operation),
    ),
  );
  await each(fc.sample(fc.oneof(...operations), { numRuns: documentCount, seed }), ask);
  const fromDocument = Object.values(statuses).reduce((a, b) => a + b, 0);

  const corpus = Object.values(malformedRequests).flatMap((requests) => Object.values(requests));
  const hostile = fc.constantFrom(...corpus).chain(damaged);
  await each(corpus, send);
  await each(fc.sample(hostile, { numRuns: bytesCount, seed }), send);

  const told = Object.entries(statuses)
    .map(([status, times]) => `${times} × ${status}`)
    .join(', ');
  report(
    `${documentCount} requests of the document, ${bytesCount + corpus.length} of bytes: no 5xx`,
    faults.failed === 0 && fromDocument === documentCount,
    told,
  );
  const { 200: read = 0, 201: stored = 0, 401: nobody = 0, 422: invalid = 0 } = statuses;
  const some = [read, stored, nobody, invalid];
  report(
    'of each kind there are some',
    some.every((n) => n > 0),
    'with and without credentials',
  );
  report('none is left hanging', faults.hung === 0, `${faults.hung}`);
  const { size } = faults.breaches;
  report(
    'each answer keeps to the document or is a problem',
    size === 0,
    `${size} kinds of breaches`,
  );
  for (const breach of faults.breaches.values()) process.stdout.write(`${breach}\n\n`);
  const alive = await probe(`${service.apiUrl}/api/v1/status/liveness`);
  report('and the process lives', exits === 0 && alive < HANGS_MS, `${exits} exits`);
} finally {
  await cleanup.disposeAsync();
}
process.exit(broken() === 0 ? 0 : 1);
