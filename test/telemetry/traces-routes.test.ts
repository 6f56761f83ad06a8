/** What each route looks like in a trace, from outside: the composed service, real PostgreSQL, a collector. */
import assert from 'node:assert/strict';
import { Client } from 'pg';
import { testDatabase } from '#test/support/database.ts';
import type { ReceivedSpan } from '#test/support/otlp-receiver.ts';
import { query } from '#test/support/query.ts';
import {
  startTracedService,
  treeOf,
  type TracedService,
  type Tree,
} from '#test/support/traced-service.ts';
import { until } from '#test/support/until.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

interface Ask {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

const code = { code: 'def one(a):\n    if a:\n        return 1\n    return 2\n' };
const stages = [
  'confidence',
  'explain',
  'facts',
  'intake',
  'metrics',
  'prose',
  'score',
  'seal',
].map((stage) => `assessment.${stage}`);
const stored = ['INSERT assessments'];

/**
 * A request to every route, in this order, and what hangs below its server span. `:id` is the
 * candidate or assessment that the first two made.
 */
const NO_UUID = '0199c7f0-3f6e-7c2a-9b1d-5a7f3c2e1d00';
const NO_WEBHOOK = `webhook_${NO_UUID}`;
const PASSWORD = 'correct-horse-battery-staple';

interface Expected {
  ask: Omit<Ask, 'method'>;
  /** A statement that makes what it is asked about. */
  given?: string;
  status: number;
  below: Tree[];
}

const routes: Record<string, Expected> = {
  'POST /api/v1/candidates': {
    ask: { path: '/api/v1/candidates', body: { candidate_id: 'ada' } },
    status: 201,
    below: ['BEGIN', 'COMMIT', 'INSERT candidates'],
  },
  'POST /api/v1/assessments': {
    ask: {
      path: '/api/v1/assessments',
      body: { candidate_id: 'ada', content: code },
      headers: { 'Idempotency-Key': 'traces-of-routes-1' },
    },
    status: 201,
    below: [
      'BEGIN',
      'COMMIT',
      'DELETE idempotency_keys',
      'INSERT idempotency_keys',
      'SELECT candidates',
      'UPDATE idempotency_keys',
      ...stored,
      ...stages,
    ],
  },
  'POST /api/v1/files/upload': {
    ask: {
      path: '/api/v1/files/upload',
      body: '--x\r\nContent-Disposition: form-data; name="file"; filename="a.py"\r\n\r\na = 1\n\r\n--x--\r\n',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
    },
    status: 201,
    // SELECT without a table is an advisory lock.
    below: ['BEGIN', 'COMMIT', 'INSERT files', 'SELECT', 'SELECT', 'SELECT files'],
  },
  'GET /api/v1/files': { ask: { path: '/api/v1/files' }, status: 200, below: ['SELECT files'] },
  'GET /api/v1/files/:id': {
    ask: { path: '/api/v1/files/:id' },
    status: 200,
    below: ['SELECT files'],
  },
  'GET /api/v1/files/:id/content': {
    ask: { path: '/api/v1/files/:id/content' },
    status: 200,
    below: ['SELECT files'],
  },
  'DELETE /api/v1/files/:id': {
    ask: { path: '/api/v1/files/:id' },
    status: 204,
    // Of its upload, and of one of several files.
    below: [
      'BEGIN',
      'COMMIT',
      'DELETE idempotency_keys',
      'DELETE idempotency_keys',
      'SELECT files',
    ],
  },
  'GET /api/v1/candidates': {
    ask: { path: '/api/v1/candidates' },
    status: 200,
    below: ['SELECT candidates'],
  },
  'GET /api/v1/candidates/:id': {
    ask: { path: '/api/v1/candidates/:id' },
    status: 200,
    below: ['SELECT assessments', 'SELECT candidates', 'SELECT memory_nodes'],
  },
  'POST /api/v1/candidates/:id/memory/nodes': {
    ask: { path: '/api/v1/candidates/:id/memory/nodes', body: { name: 'Interview' } },
    status: 201,
    // SELECT without a table waits for whoever adds another note.
    below: [
      'BEGIN',
      'COMMIT',
      'INSERT memory_nodes',
      'SELECT',
      'SELECT candidates',
      'SELECT memory_nodes',
      'SELECT memory_nodes',
    ],
  },
  'GET /api/v1/candidates/:id/memory': {
    ask: { path: '/api/v1/candidates/:id/memory' },
    status: 200,
    below: ['SELECT candidates', 'SELECT memory_nodes'],
  },
  'GET /api/v1/candidates/:id/memory/nodes/:node': {
    ask: { path: '/api/v1/candidates/:id/memory/nodes/:node' },
    status: 200,
    below: ['SELECT memory_nodes'],
  },
  'PATCH /api/v1/candidates/:id/memory/nodes/:node': {
    ask: { path: '/api/v1/candidates/:id/memory/nodes/:node', body: { name: 'Talk' } },
    status: 200,
    below: [
      'BEGIN',
      'COMMIT',
      'SELECT memory_nodes',
      'SELECT memory_nodes',
      'SELECT memory_nodes',
      'UPDATE memory_nodes',
    ],
  },
  'DELETE /api/v1/candidates/:id/memory/nodes/:node': {
    ask: { path: '/api/v1/candidates/:id/memory/nodes/:node' },
    status: 204,
    below: [
      'BEGIN',
      'COMMIT',
      'DELETE idempotency_keys',
      'DELETE memory_nodes',
      'INSERT audit_events',
      'SELECT memory_nodes',
      'SELECT memory_nodes',
    ],
  },
  'PATCH /api/v1/candidates/:id': {
    ask: { path: '/api/v1/candidates/:id', body: { display_name: 'Somebody' } },
    status: 200,
    below: [
      'BEGIN',
      'COMMIT',
      'SELECT assessments',
      'SELECT assessments',
      'SELECT candidates',
      'SELECT candidates',
      'SELECT candidates',
      'SELECT memory_nodes',
      'SELECT memory_nodes',
      'UPDATE candidates',
    ],
  },
  'POST /api/v1/tags/generate': {
    ask: { path: '/api/v1/tags/generate', body: { text: 'import heapq' } },
    status: 200,
    below: ['assessment.tags'],
  },
  'GET /api/v1/challenges/:name/stats': {
    ask: { path: '/api/v1/challenges/none/stats' },
    status: 404,
    below: ['SELECT assessments'],
  },
  'POST /api/v1/challenges/:name/reassess': {
    ask: { path: '/api/v1/challenges/none/reassess' },
    status: 404,
    below: ['SELECT assessments', 'SELECT rubrics'],
  },
  'GET /api/v1/rubrics': {
    ask: { path: '/api/v1/rubrics' },
    status: 200,
    below: ['SELECT rubrics'],
  },
  'POST /api/v1/rubrics': {
    ask: {
      path: '/api/v1/rubrics',
      body: { challenge: 'sorting', title: 'As the service', changes: {} },
    },
    status: 201,
    // SELECT without a table waits for whoever changes the challenge's rubrics.
    below: [
      'BEGIN',
      'COMMIT',
      'INSERT rubrics',
      'SELECT',
      'SELECT rubrics',
      'SELECT rubrics',
      'SELECT rubrics',
    ],
  },
  'GET /api/v1/rubrics/:version': {
    ask: { path: '/api/v1/rubrics/:version' },
    status: 200,
    below: ['SELECT rubrics'],
  },
  'POST /api/v1/rubrics/:version/canary': {
    ask: { path: '/api/v1/rubrics/:version/canary', body: {} },
    status: 202,
    below: [
      'BEGIN',
      'COMMIT',
      'DELETE rubric_canary_scores',
      'INSERT rubric_canary_scores',
      'SELECT',
      'SELECT rubrics',
      'SELECT rubrics',
      'SELECT rubrics',
      'SELECT rubrics',
      'SELECT rubrics',
      'SELECT rubrics',
      'UPDATE rubrics',
      ['send rubric-canary', 'INSERT job_common', 'SELECT'],
    ],
  },
  'GET /api/v1/rubrics/:version/canary': {
    ask: { path: '/api/v1/rubrics/:version/canary' },
    status: 200,
    below: ['SELECT assessments', 'SELECT rubric_canary_scores', 'SELECT rubrics'],
  },
  'POST /api/v1/rubrics/:version/publish': {
    ask: { path: '/api/v1/rubrics/:version/publish' },
    status: 409,
    below: ['BEGIN', 'ROLLBACK', 'SELECT', 'SELECT rubrics', 'SELECT rubrics', 'SELECT rubrics'],
  },
  'DELETE /api/v1/rubrics/:version': {
    ask: { path: '/api/v1/rubrics/:version' },
    status: 204,
    below: [
      'BEGIN',
      'COMMIT',
      'DELETE rubrics',
      'INSERT audit_events',
      'SELECT',
      'SELECT rubrics',
      'SELECT rubrics',
    ],
  },
  'GET /api/v1/candidates/:id/stats': {
    ask: { path: '/api/v1/candidates/:id/stats' },
    status: 200,
    below: ['SELECT assessments', 'SELECT candidates'],
  },
  'GET /api/v1/candidates/:id/export': {
    ask: { path: '/api/v1/candidates/:id/export' },
    status: 200,
    below: [
      'SELECT assessments',
      'SELECT assessments',
      'SELECT candidates',
      'SELECT candidates',
      'SELECT files',
      'SELECT api_keys',
      'SELECT assessment_appeals',
      'SELECT assessment_jobs',
      'SELECT idempotency_keys',
      'SELECT idempotency_keys',
      'SELECT users',
      'SELECT memory_nodes',
      'SELECT webhook_deliveries',
      'SELECT webhooks',
    ],
  },
  'GET /api/v1/assessments': {
    ask: { path: '/api/v1/assessments' },
    status: 200,
    below: ['SELECT assessments'],
  },
  'GET /api/v1/assessments/:id': {
    ask: { path: '/api/v1/assessments/:id' },
    status: 200,
    below: ['SELECT assessments'],
  },
  'GET /api/v1/assessments/:id/submission': {
    ask: { path: '/api/v1/assessments/:id/submission' },
    status: 200,
    below: ['SELECT assessments'],
  },
  'POST /api/v1/assessments/:id/reassess': {
    ask: { path: '/api/v1/assessments/:id/reassess' },
    status: 201,
    below: [
      'BEGIN',
      'COMMIT',
      'SELECT assessments',
      'SELECT assessments',
      'SELECT assessments',
      'SELECT candidates',
      'SELECT candidates',
      ...stored,
      ...stages,
    ],
  },
  'GET /api/v1/assessments/:id/similar': {
    ask: { path: '/api/v1/assessments/:id/similar' },
    status: 200,
    below: ['SELECT assessment_sketches', 'SELECT assessments'],
  },
  'GET /api/v1/assessments/:id/similar/:other': {
    ask: { path: '/api/v1/assessments/:id/similar/:assessments' },
    status: 200,
    below: ['SELECT assessments', 'SELECT assessments'],
  },
  'GET /api/v1/assessments/:id/dashboard': {
    ask: { path: '/api/v1/assessments/:id/dashboard?include_history=true' },
    status: 200,
    below: [
      'SELECT assessment_appeals',
      'SELECT assessments',
      'SELECT assessments',
      'SELECT assessments',
    ],
  },
  'POST /api/v1/assessments/:id/appeals': {
    ask: {
      path: '/api/v1/assessments/:id/appeals',
      body: '{"evidence_id":":evidence","reason":"It does not hold."}',
    },
    status: 201,
    below: [
      'BEGIN',
      'COMMIT',
      'INSERT assessment_appeals',
      'SELECT assessment_appeals',
      'SELECT assessment_appeals',
      'SELECT assessments',
      'SELECT assessments',
    ],
  },
  'GET /api/v1/assessments/:id/appeals': {
    ask: { path: '/api/v1/assessments/:id/appeals' },
    status: 200,
    below: ['SELECT assessment_appeals', 'SELECT assessments'],
  },
  'GET /api/v1/assessments/:id/appeals/:appeal': {
    ask: { path: '/api/v1/assessments/:id/appeals/:appeal' },
    status: 200,
    below: ['SELECT assessment_appeals', 'SELECT assessments'],
  },
  'PATCH /api/v1/assessments/:id/appeals/:appeal': {
    ask: {
      path: '/api/v1/assessments/:id/appeals/:appeal',
      body: { decision: 'upheld', note: 'It does not.' },
    },
    status: 200,
    below: [
      'BEGIN',
      'COMMIT',
      'INSERT audit_events',
      'SELECT assessment_appeals',
      'SELECT assessment_appeals',
      'SELECT assessments',
      'UPDATE assessment_appeals',
    ],
  },
  'GET /api/v1/assessments/:id/report': {
    ask: { path: '/api/v1/assessments/:id/report' },
    status: 200,
    below: ['SELECT assessment_appeals', 'SELECT assessments', 'SELECT assessments'],
  },
  'DELETE /api/v1/assessments/:id': {
    ask: { path: '/api/v1/assessments/:id' },
    status: 204,
    // SELECT without a table is the notification of the other processes.
    below: [
      'BEGIN',
      'COMMIT',
      'DELETE assessments',
      'DELETE cache_erasures',
      'DELETE idempotency_keys',
      'INSERT audit_events',
      'INSERT cache_erasures',
      'SELECT',
      'SELECT assessment_appeals',
    ],
  },
  'DELETE /api/v1/candidates/:id': {
    ask: { path: '/api/v1/candidates/:id' },
    status: 204,
    below: [
      'BEGIN',
      'COMMIT',
      'DELETE api_keys',
      'DELETE assessment_appeals',
      'DELETE assessments',
      'DELETE cache_erasures',
      'DELETE candidates',
      'DELETE idempotency_keys',
      'DELETE assessment_jobs',
      'DELETE memory_nodes',
      'DELETE webhook_deliveries',
      'DELETE webhooks',
      'DELETE users',
      'INSERT audit_events',
      'INSERT cache_erasures',
      'INSERT candidate_tombstones',
      'SELECT',
      'SELECT assessments',
      'SELECT candidates',
      'SELECT files',
    ],
  },
  'POST /api/v1/users': {
    ask: { path: '/api/v1/users', body: { username: 'grace', password: PASSWORD, role: 'viewer' } },
    status: 201,
    below: ['BEGIN', 'COMMIT', 'INSERT audit_events', 'INSERT users'],
  },
  'GET /api/v1/users': { ask: { path: '/api/v1/users' }, status: 200, below: ['SELECT users'] },
  'GET /api/v1/users/:id': {
    ask: { path: '/api/v1/users/:id' },
    status: 200,
    below: ['SELECT users'],
  },
  'PATCH /api/v1/users/:id': {
    ask: { path: '/api/v1/users/:id', body: { role: 'assessor' } },
    status: 200,
    below: [
      'BEGIN',
      'COMMIT',
      'INSERT audit_events',
      'SELECT users',
      'SELECT users',
      'UPDATE users',
    ],
  },
  'POST /api/v1/auth/token': {
    ask: {
      path: '/api/v1/auth/token',
      body: `username=grace&password=${PASSWORD}`,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    },
    status: 200,
    below: ['BEGIN', 'COMMIT', 'INSERT refresh_tokens', 'SELECT users', 'SELECT users'],
  },
  'POST /api/v1/auth/refresh': {
    ask: { path: '/api/v1/auth/refresh', body: '{"refresh_token":":refresh"}' },
    status: 200,
    below: [
      'BEGIN',
      'COMMIT',
      'INSERT refresh_tokens',
      'SELECT refresh_tokens',
      'SELECT refresh_tokens',
      'SELECT users',
      'UPDATE refresh_tokens',
    ],
  },
  'POST /api/v1/auth/logout': {
    ask: { path: '/api/v1/auth/logout', body: '{"refresh_token":":refresh"}' },
    status: 204,
    below: ['DELETE refresh_tokens'],
  },
  'GET /api/v1/auth/me': { ask: { path: '/api/v1/auth/me' }, status: 200, below: [] },
  'POST /api/v1/api-keys': {
    ask: { path: '/api/v1/api-keys', body: { name: 'traced', role: 'viewer' } },
    status: 201,
    below: ['BEGIN', 'COMMIT', 'INSERT api_keys', 'INSERT audit_events'],
  },
  'GET /api/v1/api-keys': {
    ask: { path: '/api/v1/api-keys' },
    status: 200,
    below: ['SELECT api_keys'],
  },
  'DELETE /api/v1/api-keys/:id': {
    ask: { path: '/api/v1/api-keys/:id' },
    status: 204,
    below: ['BEGIN', 'COMMIT', 'INSERT audit_events', 'SELECT api_keys', 'UPDATE api_keys'],
  },
  'DELETE /api/v1/users/:id': {
    ask: { path: '/api/v1/users/:id' },
    status: 204,
    below: [
      'BEGIN',
      'COMMIT',
      'DELETE idempotency_keys',
      'DELETE users',
      'INSERT audit_events',
      'SELECT users',
      'SELECT users',
    ],
  },
  'POST /api/v1/assessments/async': {
    ask: { path: '/api/v1/assessments/async', body: { candidate_id: 'bob', content: code } },
    status: 202,
    // SELECT without a table counts what the caller has waiting, and wakes the workers below what is sent.
    below: [
      'BEGIN',
      'COMMIT',
      'INSERT assessment_jobs',
      'SELECT',
      'SELECT candidates',
      ['send assess', 'INSERT job_common', 'SELECT'],
    ],
  },
  'GET /api/v1/assessments/jobs/:job_id': {
    ask: { path: '/api/v1/assessments/jobs/:job_id' },
    status: 200,
    below: ['SELECT', 'SELECT assessment_jobs'],
  },
  'DELETE /api/v1/assessments/jobs/:job_id': {
    ask: { path: '/api/v1/assessments/jobs/:job_id' },
    status: 202,
    below: [
      'BEGIN',
      'COMMIT',
      'SELECT',
      'SELECT assessment_jobs',
      'SELECT assessment_jobs',
      'SELECT job_common',
      'SELECT webhooks',
      'UPDATE assessment_jobs',
    ],
  },
  // It has ended: the stream ends with its first event.
  'GET /api/v1/assessments/jobs/:job_id/events': {
    ask: { path: '/api/v1/assessments/jobs/:job_id/events' },
    status: 200,
    below: ['SELECT assessment_jobs'],
  },
  'POST /api/v1/assessments/batch': {
    ask: {
      path: '/api/v1/assessments/batch',
      body: { items: [{ candidate_id: 'bob', content: code }] },
    },
    status: 202,
    below: [
      'BEGIN',
      'COMMIT',
      'INSERT assessment_batches',
      'INSERT assessment_jobs',
      'SELECT',
      'SELECT assessment_batches',
      'SELECT assessment_jobs',
      'SELECT candidates',
      'UPDATE assessment_jobs',
      ['send assess-batch', 'INSERT job_common', 'SELECT'],
    ],
  },
  'GET /api/v1/assessments/batch/:batch_id': {
    ask: { path: '/api/v1/assessments/batch/:batch_id' },
    status: 200,
    below: ['SELECT assessment_batches', 'SELECT assessment_jobs'],
  },
  'GET /api/v1/assessments/batch/:batch_id/events': {
    ask: { path: '/api/v1/assessments/batch/:batch_id/events' },
    given: 'update assessment_batches set finished_at = now()',
    status: 200,
    below: ['SELECT assessment_batches', 'SELECT assessment_jobs'],
  },
  'GET /api/v1/admin/jobs/dead': {
    ask: { path: '/api/v1/admin/jobs/dead' },
    status: 200,
    below: ['SELECT assessment_jobs'],
  },
  'POST /api/v1/admin/jobs/:id/retry': {
    ask: { path: '/api/v1/admin/jobs/:job_id/retry' },
    given: `update assessment_jobs set status = 'failed', is_dead = true, input = '{}' where status = 'cancelled'`,
    status: 202,
    below: [
      'BEGIN',
      'COMMIT',
      'DELETE job',
      'INSERT audit_events',
      'UPDATE assessment_jobs',
      ['send assess', 'INSERT job_common', 'SELECT'],
    ],
  },
  'POST /api/v1/webhooks': {
    ask: { path: '/api/v1/webhooks', body: { url: 'https://example.com/hook' } },
    status: 201,
    below: ['BEGIN', 'COMMIT', 'INSERT audit_events', 'INSERT webhooks', 'SELECT'],
  },
  'GET /api/v1/webhooks': {
    ask: { path: '/api/v1/webhooks' },
    status: 200,
    below: ['SELECT webhooks'],
  },
  'GET /api/v1/webhooks/:id': {
    ask: { path: `/api/v1/webhooks/${NO_WEBHOOK}` },
    status: 404,
    below: ['SELECT webhooks'],
  },
  'PATCH /api/v1/webhooks/:id': {
    ask: { path: `/api/v1/webhooks/${NO_WEBHOOK}`, body: { enabled: false } },
    status: 404,
    below: ['BEGIN', 'ROLLBACK', 'UPDATE webhooks'],
  },
  'GET /api/v1/webhooks/:id/deliveries': {
    ask: { path: `/api/v1/webhooks/${NO_WEBHOOK}/deliveries` },
    status: 404,
    below: ['SELECT webhooks'],
  },
  'POST /api/v1/webhooks/:id/deliveries/:delivery/resend': {
    ask: { path: `/api/v1/webhooks/${NO_WEBHOOK}/deliveries/msg_${NO_UUID}/resend` },
    status: 404,
    below: ['SELECT webhooks'],
  },
  'DELETE /api/v1/webhooks/:id': {
    ask: { path: `/api/v1/webhooks/${NO_WEBHOOK}` },
    status: 404,
    below: ['BEGIN', 'DELETE webhooks', 'ROLLBACK'],
  },
  'GET /api/v1/admin/audit': {
    ask: { path: '/api/v1/admin/audit' },
    status: 200,
    below: ['SELECT audit_events'],
  },
  'GET /api/v1/admin/rate-limits': {
    ask: { path: '/api/v1/admin/rate-limits?subject=203.0.113.7' },
    status: 200,
    below: [],
  },
  'DELETE /api/v1/admin/rate-limits': {
    ask: { path: '/api/v1/admin/rate-limits?subject=203.0.113.7' },
    status: 204,
    below: ['BEGIN', 'COMMIT', 'INSERT audit_events'],
  },
  'POST /api/v1/admin/cache/invalidate': {
    ask: { path: '/api/v1/admin/cache/invalidate', body: { all: true } },
    status: 200,
    below: ['BEGIN', 'COMMIT', 'INSERT audit_events'],
  },
  'POST /api/v1/admin/circuit-breakers/:name': {
    ask: {
      path: '/api/v1/admin/circuit-breakers/redis_service',
      body: { state: 'auto', reason: 'a trace' },
    },
    status: 200,
    below: ['BEGIN', 'COMMIT', 'INSERT audit_events'],
  },
  'GET /': { ask: { path: '/' }, status: 200, below: [] },
  'GET /docs': { ask: { path: '/docs' }, status: 200, below: [] },
  'GET /docs/:asset': { ask: { path: '/docs/swagger-ui.css' }, status: 200, below: [] },
  'GET /openapi.json': { ask: { path: '/openapi.json' }, status: 200, below: [] },
  'GET /api/v1/engine/validity': {
    ask: { path: '/api/v1/engine/validity' },
    status: 200,
    below: [],
  },
  'GET /api/v1/errors': { ask: { path: '/api/v1/errors' }, status: 200, below: [] },
};

const probes = [
  '/health',
  '/api/v1/health',
  '/api/v1/status/system',
  '/api/v1/status/readiness',
  '/api/v1/status/liveness',
];

/**
 * Requests that are refused before or at the handler. `route` null: nothing matched. Whoever adds a
 * layer that answers by itself (401, 403, 429, a cached 304) adds a line here.
 */
const refusals: { ask: Ask; name: string; route: string | null; status: number; error?: string }[] =
  [
    { ask: { method: 'GET', path: '/nowhere' }, name: 'GET', route: null, status: 404 },
    { ask: { method: 'HEAD', path: '/nowhere' }, name: 'HEAD', route: null, status: 404 },
    { ask: { method: 'PURGE', path: '/nowhere' }, name: 'HTTP', route: null, status: 404 },
    ...[
      {
        method: 'GET',
        path: '/api/v1/candidates/nobody',
        status: 404,
        route: '/api/v1/candidates/:id',
      },
      {
        method: 'GET',
        path: '/api/v1/assessments/x',
        status: 404,
        route: '/api/v1/assessments/:id',
      },
      { method: 'PUT', path: '/api/v1/candidates', status: 405, route: '/api/v1/candidates' },
      { method: 'OPTIONS', path: '/api/v1/candidates', status: 204, route: '/api/v1/candidates' },
      { method: 'HEAD', path: '/api/v1/candidates', status: 200, route: '/api/v1/candidates' },
      {
        method: 'GET',
        path: '/api/v1/candidates?nonsense=1',
        status: 422,
        route: '/api/v1/candidates',
      },
      {
        method: 'POST',
        path: '/api/v1/candidates',
        status: 422,
        route: '/api/v1/candidates',
        body: {},
      },
      {
        method: 'POST',
        path: '/api/v1/candidates',
        status: 400,
        route: '/api/v1/candidates',
        body: '{',
      },
    ].map(({ status, route, ...ask }) => ({ ask, name: `${ask.method} ${route}`, route, status })),
    {
      ask: {
        method: 'POST',
        path: '/api/v1/assessments',
        body: 'x',
        headers: { 'Content-Type': 'text/plain' },
      },
      name: 'POST /api/v1/assessments',
      route: '/api/v1/assessments',
      status: 415,
    },
    {
      ask: {
        method: 'OPTIONS',
        path: '/api/v1/assessments',
        headers: { Origin: 'http://localhost:3000', 'Access-Control-Request-Method': 'POST' },
      },
      name: 'OPTIONS /api/v1/assessments',
      route: '/api/v1/assessments',
      status: 204,
    },
  ];

/** What later requests are about. */
function remember(ids: Record<string, string>, text: string): void {
  const members = text.startsWith('{') ? (JSON.parse(text) as Record<string, string>) : {};
  const names = {
    users: 'user_id',
    'api-keys': 'key_id',
    files: 'file_id',
    job_id: 'job_id',
    batch_id: 'batch_id',
    node: 'node_id',
    appeal: 'appeal_id',
    version: 'version',
    refresh: 'refresh_token',
  };
  for (const [kind, member] of Object.entries(names)) {
    if (kind === 'users' && 'key_id' in members) continue;
    ids[kind] = members[member] ?? ids[kind] ?? '';
  }
}

/** SQL is a client's span (3), a stage is internal (1), what is sent to a queue a producer's (4). */
function kindOf(name: string): number {
  if (name.startsWith('assessment.')) return 1;
  return name.startsWith('send ') ? 4 : 3;
}

const inOrder = (a: Tree, b: Tree) => (String(a) < String(b) ? -1 : 1);

describe('the trace of a request', () => {
  const database = testDatabase();
  let service: TracedService;
  const ids: Record<string, string> = { candidates: 'ada' };

  before(async () => {
    service = await startTracedService(database.url, {
      // Their spans and answers are told where they are tested.
      RATE_LIMIT_ENABLED: 'false',
      CACHE_ENABLED: 'false',
      // A worker would have a part in these traces at its own time.
      API_RUNS_JOBS: 'false',
    });
  });
  after(() => service.close());

  const send = ({ method, path, body, headers = {} }: Ask) =>
    fetch(
      service.apiUrl +
        path
          .replace(/([\w-]+)\/:id/, (_, kind: string) => `${kind}/${ids[kind]}`)
          .replace(
            /:(job_id|batch_id|node|assessments|appeal|version)\b/,
            (_, name: string) => ids[name] ?? '',
          ),
      {
        method,
        headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
        ...(body === undefined
          ? {}
          : {
              body:
                typeof body === 'string'
                  ? body.replace(/:(refresh|evidence)\b/, (_, name: string) => ids[name] ?? '')
                  : JSON.stringify(body),
            }),
      },
    );
  const execute = (statement: string) => query(database.url, statement);
  const serverSpan = (spans: readonly ReceivedSpan[]) => {
    const span = spans.find(({ kind }) => kind === 2);
    assert.ok(span);
    return span;
  };

  it('is expected for every route that the service has', async () => {
    const answer = await fetch(`${service.apiUrl}/openapi.json`);
    const { paths } = (await answer.json()) as { paths: Record<string, object> };
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      ),
    );
    const expected = [...Object.keys(routes), ...probes.map((path) => `GET ${path}`)];
    assert.deepEqual(served.toSorted(), expected.toSorted());
  });

  for (const [name, { ask, given, status, below }] of Object.entries(routes)) {
    it(`is one tree of known spans: ${name}`, async () => {
      const [method = '', route = ''] = name.split(' ');
      if (given !== undefined) await execute(given);
      const answer = await send({ method, ...ask });
      const text = await answer.text();
      assert.equal(answer.status, status, text);
      if (name === 'POST /api/v1/assessments') {
        ids['assessments'] = (JSON.parse(text) as { assessment_id: string }).assessment_id;
        ids['evidence'] = /"id":"([0-9a-f]{32})"/.exec(text)?.[1] ?? '';
      }
      remember(ids, text);
      const all = await service.traceOf(answer);
      // Whether it had to wait for a connection is a matter of the moment.
      const spans = all.filter((span) => span.name !== 'pg-pool.connect');
      assert.deepEqual(
        treeOf(spans),
        below.length === 0 ? name : [name, ...below.toSorted(inOrder)],
      );
      const { attributes, parentSpanId, status: outcome } = serverSpan(spans);
      assert.equal(attributes['http.route'], route);
      assert.equal(attributes['http.request.method'], method);
      assert.equal(attributes['http.response.status_code'], status);
      assert.equal(parentSpanId, '');
      assert.equal(outcome.code, 0);
      for (const { kind, name: child, attributes: own } of spans) {
        if (kind === 2) continue;
        assert.equal(kind, kindOf(child), child);
        if (kind === 3) assert.equal(own['db.query.summary'], child);
      }
    });
  }

  for (const { ask, name, route, status } of refusals) {
    it(`names the route and not the path: ${ask.method} ${ask.path}, ${status}`, async () => {
      const answer = await send(ask);
      await answer.text();
      assert.equal(answer.status, status);
      const {
        name: found,
        attributes,
        status: outcome,
      } = serverSpan(await service.traceOf(answer));
      assert.equal(found, name);
      assert.equal(attributes['http.route'], route ?? undefined);
      assert.equal(attributes['http.response.status_code'], status);
      // By the conventions a client's mistake is no error of the server.
      assert.equal(outcome.code, 0);
      assert.equal(attributes['error.type'], undefined);
    });
  }

  it('is not made for probes, nor for the queries below them', async () => {
    for (const path of probes) await (await fetch(service.apiUrl + path)).text();
    await service.metrics();
    const answer = await send({ method: 'GET', path: '/api/v1/errors' });
    await answer.text();
    await service.traceOf(answer);
    const strays = service.spans.filter(
      ({ attributes, kind, parentSpanId }) =>
        probes.includes(String(attributes['http.route'])) || (kind !== 2 && parentSpanId === ''),
    );
    assert.deepEqual(strays, []);
  });

  describe('that failed', () => {
    afterEach(() => service.proxy.set({ kind: 'pass' }));
    const failed = async (status: number, error: string, of = service) => {
      const answer = await fetch(`${of.apiUrl}/api/v1/candidates?limit=7`);
      await answer.text();
      assert.equal(answer.status, status);
      const spans = await of.traceOf(answer);
      const { name, attributes, status: outcome } = serverSpan(spans);
      assert.equal(name, 'GET /api/v1/candidates');
      assert.equal(attributes['http.route'], '/api/v1/candidates');
      assert.equal(attributes['http.response.status_code'], status);
      assert.equal(attributes['error.type'], error);
      assert.deepEqual(outcome, { code: 2, message: '' });
      return spans;
    };

    it('because of a defect: 500, and the statement that failed is marked, too', async () => {
      const client = new Client({ connectionString: database.url });
      await client.connect();
      await client.query('alter table candidates rename to hidden_for_a_test');
      try {
        const spans = await failed(500, 'INTERNAL_ERROR');
        const query = spans.find(({ name }) => name === 'SELECT candidates');
        assert.equal(query?.status.code, 2);
        assert.deepEqual(query.events, []);
      } finally {
        await client.query('alter table hidden_for_a_test rename to candidates');
        await client.end();
      }
    });

    it('because the database does not answer: 504', async () => {
      // Half of what a connection is waited for, so that the request's own time is up first, however busy the machine is.
      const hasty = await startTracedService(database.url, {
        REQUEST_TIMEOUT: '500ms',
        API_RUNS_JOBS: 'false',
      });
      try {
        await hasty.proxy.set({ kind: 'black-hole' });
        await failed(504, 'REQUEST_TIMEOUT', hasty);
      } finally {
        await hasty.close();
      }
    });

    it('because there is no database: 503', async () => {
      await service.proxy.set({ kind: 'refuse' });
      await failed(503, 'SERVICE_UNAVAILABLE');
      await service.proxy.set({ kind: 'pass' });
      await until(async () => (await send({ method: 'GET', path: '/api/v1/candidates' })).ok);
    });
  });

  it("continues the caller's ids, records whatever its flag says, and carries no foreign word on", async () => {
    for (const flag of ['00', '01']) {
      const answer = await send({
        method: 'GET',
        path: '/api/v1/candidates',
        headers: {
          traceparent: `00-${TRACE_ID}-${PARENT}-${flag}`,
          tracestate: 'vendor=GEHEIM',
          baggage: 'tenant.tier=gold,user=GEHEIM',
        },
      });
      await answer.text();
      const [sent = '', , spanId] =
        /00-([0-9a-f]{32})-([0-9a-f]{16})-01/.exec(answer.headers.get('server-timing') ?? '') ?? [];
      assert.ok(sent.includes(TRACE_ID), 'the id goes back to the caller, as recorded');
      await until(() => service.spans.some((span) => span.spanId === spanId));
      const own = service.spans.find((span) => span.spanId === spanId);
      assert.equal(own?.parentSpanId, PARENT);
      await until(() => service.spans.some((span) => span.parentSpanId === spanId));
      assert.ok(!JSON.stringify([...answer.headers]).includes('GEHEIM'));
    }
    assert.ok(!JSON.stringify(service.spans).includes('GEHEIM'));
    assert.ok(!JSON.stringify(service.spans).includes('gold'));
  });

  it('begins anew when what the caller says of it is malformed', async () => {
    for (const traceparent of ['x', `00-${'0'.repeat(32)}-${PARENT}-01`, '00-1'.repeat(500)]) {
      const answer = await send({
        method: 'GET',
        path: '/api/v1/errors',
        headers: { traceparent },
      });
      await answer.text();
      assert.equal(serverSpan(await service.traceOf(answer)).parentSpanId, '');
    }
  });
});
