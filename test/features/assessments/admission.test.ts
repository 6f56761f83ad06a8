/** Submissions for which there is no room, with an engine that works as long as the test wants. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once as event } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { EnginePool } from '#src/engine/pool.ts';
import type { EngineResult } from '#src/engine/result-schema.ts';
import type { EngineOutcome } from '#src/engine/worker.ts';
import type { AssessmentCache } from '#src/features/assessments/assessment-cache.ts';
import { assessmentRoutes } from '#src/features/assessments/assessment-routes.ts';
import { createAssessmentService } from '#src/features/assessments/assessment-service.ts';
import { createRubrics } from '#src/features/rubrics/known-rubrics.ts';
import { createSeal } from '#src/http/sealed.ts';
import { createOnce } from '#src/http/idempotency.ts';
import { mapError } from '#src/http/map-error.ts';
import { authenticate } from '#src/http/request/authenticate.ts';
import { problems } from '#src/http/problems.ts';
import { deadline } from '#src/http/request/deadline.ts';
import { trace } from '#src/http/request/trace.ts';
import { unitOfWork } from '#src/http/request/unit-of-work.ts';
import { createRouteTable } from '#src/http/routing/route-table.ts';
import { createAdmission, type Admission } from '#src/http/server/admission.ts';
import { body } from '#src/http/server/body.ts';
import { systemClock } from '#src/time/clock.ts';
import { testDatabase } from '#test/support/database.ts';
import { serve, type Served } from '#test/support/serve.ts';
import { until } from '#test/support/until.ts';

const BYTES = 10_000;
const outcome: EngineOutcome = {
  result: {
    overall_score: 50,
    input_sha256: 'a'.repeat(64),
    engine_version: '2.0.0',
    rubric_version: '2026-12',
    path_scores: [],
    languages: [],
  } as unknown as EngineResult,
  sketch: { level: 0, hashes: [] },
  stages: [],
};

describe('submissions that are larger than there is time for', () => {
  const database = testDatabase();
  let app: Served;
  /** Of the engine: what it works on. */
  let working: PromiseWithResolvers<EngineOutcome>[] = [];
  /** Submissions that have a place: an answer may come before it is given back. */
  let inside = 0;
  let refused = 0;
  let ids = 0;
  const timeout = { ms: 60_000 };

  const engine = {
    async run(_task, signal) {
      const work = Promise.withResolvers<EngineOutcome>();
      working.push(work);
      signal.addEventListener('abort', () => work.reject(signal.reason), { once: true });
      try {
        return await work.promise;
      } finally {
        working = working.filter((other) => other !== work);
      }
    },
  } as Partial<EnginePool> as EnginePool;
  const cache = {
    async judged(_input, _motives, judge, signal) {
      const value = await judge(signal);
      return { value, result: 'miss', tier: 'origin', ageMs: 0, ttlMs: 0, stored: false };
    },
    stored: () => Promise.resolve(),
  } as Partial<AssessmentCache> as AssessmentCache;

  before(async () => {
    const events = { stages: () => {}, refused: () => (refused += 1), finished: () => {} };
    const em = (signal: AbortSignal) => database.db.em(signal);
    const rubrics = createRubrics();
    const service = createAssessmentService({
      rubrics,
      em,
      engine,
      cache,
      policy: { explanations: true, multiPath: true, motives: true },
      events,
      newId: () => `0199c7f0-3f6e-7c2a-9b1d-${String((ids += 1)).padStart(12, '0')}`,
      ...systemClock,
    });
    // Room for two, and not for three.
    const counted = createAdmission({
      workers: 2,
      bytesPerSecond: BYTES,
      withinMs: 1900,
      now: systemClock.monotonicMs,
      detail: 'No room.',
      refused: events.refused,
    });
    const admission: Admission = {
      refused: counted.refused,
      enter(bytes) {
        const place = counted.enter(bytes);
        inside += 1;
        const leave = (isDone: boolean) => {
          place.leave(isDone);
          inside -= 1;
        };
        return { ...place, leave };
      },
    };
    const once = createOnce({
      em: () => database.db.em(),
      holder: 'test',
      leaseMs: 60_000,
      seal: createSeal([randomBytes(32)]),
    });
    const routes = assessmentRoutes({
      resolveFiles: () => assert.fail('The submission names no uploads.'),
      service,
      admission,
      once,
      cache,
      readResult: () => assert.fail('Nothing is read.'),
      erasures: {} as never,
      recordErasure: () => Promise.resolve(),
      humanScore: () => Promise.resolve(null),
      locationsBelow: () => Promise.resolve([]),
      rubrics,
    });
    const table = createRouteTable(routes);
    app = await serve(
      trace({ factsOf: table.factsOf }),
      problems({ mapError }),
      (ctx, next) => deadline({ timeoutMs: timeout.ms })(ctx, next),
      authenticate({ required: false, identify: () => Promise.reject() }),
      body({ maxBytes: 10 * BYTES }),
      unitOfWork({ fork: em }),
      table.routes,
    );
  });
  after(() => app.close());
  beforeEach(() => {
    refused = 0;
    timeout.ms = 60_000;
  });
  afterEach(async () => {
    for (const work of working) work.resolve(outcome);
    await until(() => inside === 0);
  });

  /** A submission of `BYTES`. */
  function submission(n: number): string {
    const [head, tail] = [`{"candidate_id":"c${n}","content":{"code":"`, '"}}'];
    return head + 'x'.repeat(BYTES - head.length - tail.length) + tail;
  }
  function open(n: number, headers: Record<string, string | number>): ClientRequest {
    return request(`${app.url}/api/v1/assessments`, {
      method: 'POST',
      agent: false,
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `key-${n}`, ...headers },
    });
  }
  const send = (n: number) => open(n, { 'Content-Length': BYTES }).end(submission(n));
  async function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
    const [answer] = (await event(sent, 'response')) as [IncomingMessage];
    return answer;
  }
  const statusOf = async (sent: ClientRequest) => {
    const answer = await answerTo(sent);
    await text(answer);
    return answer.statusCode;
  };
  async function isRefused(answer: IncomingMessage): Promise<void> {
    assert.equal(answer.statusCode, 503);
    assert.match(answer.headers['retry-after'] ?? '', /^[1-9]\d*$/);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    const problem = JSON.parse(await text(answer)) as Record<string, unknown>;
    assert.equal(problem['error_code'], 'SERVICE_UNAVAILABLE');
    assert.equal(problem['retry_after'], Number(answer.headers['retry-after']));
  }
  async function rows(table: string): Promise<number> {
    const sql = `select count(*)::int as n from ${table}`;
    const [row] = await database.db.em().execute<{ n: number }[]>(sql);
    return row?.n ?? -1;
  }
  const areWorkedOn = (count: number) => until(() => working.length === count);
  /** As many as fit in an empty one are taken: nothing is still counted. */
  async function hasRoom(n: number): Promise<void> {
    await until(() => inside === 0);
    const sent = [send(n), send(n + 1)];
    await areWorkedOn(2);
    await isRefused(await answerTo(send(n + 2)));
    for (const work of working) work.resolve(outcome);
    assert.deepEqual(await Promise.all(sent.map(statusOf)), [201, 201]);
  }

  it('are refused at once while those that fit are worked on, and leave nothing behind', async () => {
    const sent = [send(1), send(2)];
    await areWorkedOn(2);
    const others = [3, 4, 5, 6, 7, 8];
    await Promise.all(others.map(async (n) => isRefused(await answerTo(send(n)))));
    assert.equal(refused, others.length);
    assert.equal(working.length, 2, 'the engine is asked for nothing more');
    assert.equal(await rows('idempotency_keys'), 2);
    assert.equal(await rows('assessments'), 0);
    for (const work of working) work.resolve(outcome);
    assert.deepEqual(await Promise.all(sent.map(statusOf)), [201, 201]);
    await until(() => inside === 0);

    const again = send(3);
    await areWorkedOn(1);
    working[0]?.resolve(outcome);
    const answer = await answerTo(again);
    assert.equal(answer.statusCode, 201);
    assert.equal(answer.headers['idempotency-replayed'], undefined);
    await text(answer);
  });

  it('are refused before a byte of their body is sent', async () => {
    const sent = [send(10), send(11)];
    await areWorkedOn(2);
    const third = open(12, { 'Content-Length': BYTES });
    third.flushHeaders();
    await isRefused(await answerTo(third));
    third.destroy();
    for (const work of working) work.resolve(outcome);
    await Promise.all(sent.map(statusOf));
  });

  it('are refused as soon as there are too many bytes, when they come without a length', async () => {
    const sent = [send(20), send(21)];
    await areWorkedOn(2);
    const third = open(22, { 'Transfer-Encoding': 'chunked' });
    third.write(submission(22).slice(0, -1));
    await isRefused(await answerTo(third));
    third.destroy();
    for (const work of working) work.resolve(outcome);
    await Promise.all(sent.map(statusOf));
  });

  const endings: Record<string, (sent: ClientRequest) => Promise<unknown>> = {
    'was assessed': async (sent) => {
      working[0]?.resolve(outcome);
      assert.equal(await statusOf(sent), 201);
    },
    failed: async (sent) => {
      working[0]?.reject(new Error('The engine failed.'));
      assert.equal(await statusOf(sent), 500);
    },
    'was given up by its client': async (sent) => {
      sent.on('error', () => {});
      sent.destroy();
    },
  };
  for (const [n, [how, end]] of Object.entries(endings).entries()) {
    it(`give their room back: one that ${how}`, async () => {
      const sent = send(100 + 10 * n);
      await areWorkedOn(1);
      await end(sent);
      await hasRoom(101 + 10 * n);
    });
  }

  it('give their room back: one whose time was up', async () => {
    timeout.ms = 50;
    assert.equal(await statusOf(send(200)), 504);
    timeout.ms = 60_000;
    await hasRoom(201);
  });

  it('give their room back: one whose body never came', async () => {
    const half = open(210, { 'Content-Length': BYTES });
    half.on('error', () => {});
    half.write(submission(210).slice(0, 100));
    await until(() => inside === 1);
    const beside = send(211);
    await areWorkedOn(1);
    await isRefused(await answerTo(send(212)));
    half.destroy();
    await until(() => inside === 1);
    working[0]?.resolve(outcome);
    assert.equal(await statusOf(beside), 201);
    await hasRoom(213);
  });
});
