/** Every route with its facts: a change of who may ask, or of what it costs, is seen here. */
import assert from 'node:assert/strict';
import { loadConfig } from '#src/config.ts';
import { createRouteTable } from '#src/http/routing/route-table.ts';
import { healthPaths } from '#src/resilience/health/health-paths.ts';
import { apiDocument, apiRoutes, statusRoutes } from '#test/support/api-routes.ts';

describe('the routes of the API', () => {
  const routes = [...statusRoutes, ...apiRoutes];

  it('name whom they are about by their first parameter, which is `:id`', () => {
    const naming = routes.filter(({ names }) => names !== undefined);
    assert.ok(naming.length > 0);
    for (const { path } of naming) assert.equal(path.indexOf('/:'), path.indexOf('/:id'), path);
  });

  it('state these facts', () => {
    const table = createRouteTable(routes);
    const stated = routes.map(({ method, path, operationId }) => {
      const { access, cost, timeoutMs, body, reply } = table.factsOf(
        method.toUpperCase(),
        path.replaceAll(/:\w+/g, 'x'),
      );
      const timeout = timeoutMs === undefined ? '' : ` ${timeoutMs} ms`;
      return `${method} ${path} ${operationId}: ${access} ${cost} ${body} ${reply}${timeout}`;
    });
    assert.deepEqual(stated, [
      'get / getService: public 0 none json',
      'get /health getHealth: public 0 none json',
      'get /api/v1/health getHealthDetail: public 0 none json',
      'get /api/v1/status/system getSystemStatus: public 0 none json',
      'get /api/v1/status/readiness getReadiness: public 0 none json',
      'get /api/v1/status/liveness getLiveness: public 0 none json',
      'get /docs getReference: public 0 none text',
      'get /docs/:asset getReferenceAsset: public 0 none bytes',
      'get /openapi.json getOpenApiDocument: public 0 none json',
      'get /api/v1/errors listErrors: public 1 none json',
      'post /api/v1/auth/token createToken: public 1 form json',
      'post /api/v1/auth/refresh refreshToken: public 1 json json',
      'post /api/v1/auth/logout logout: candidate 1 json json',
      'get /api/v1/auth/me getCaller: candidate 1 none json',
      'post /api/v1/users createUser: admin 1 json json',
      'get /api/v1/users listUsers: admin 1 none json',
      'get /api/v1/users/:id getUser: admin 1 none json',
      'patch /api/v1/users/:id changeUser: admin 1 json json',
      'delete /api/v1/users/:id deleteUser: admin 1 none json',
      'post /api/v1/api-keys createApiKey: candidate 1 json json',
      'get /api/v1/api-keys listApiKeys: candidate 1 none json',
      'delete /api/v1/api-keys/:id revokeApiKey: candidate 1 none json',
      'get /api/v1/admin/audit listAuditEvents: admin 1 none json',
      'post /api/v1/admin/circuit-breakers/:name forceCircuitBreaker: admin 1 json json',
      'get /api/v1/admin/rate-limits getRateLimits: admin 1 none json',
      'delete /api/v1/admin/rate-limits resetRateLimits: admin 1 none json',
      'post /api/v1/admin/cache/invalidate invalidateCache: admin 1 json json',
      'get /api/v1/admin/jobs/dead listDeadJobs: admin 1 none json',
      'post /api/v1/admin/jobs/:id/retry retryDeadJob: admin 1 none json',
      'post /api/v1/candidates createCandidate: assessor 1 json json',
      'get /api/v1/candidates listCandidates: viewer 1 none json',
      'get /api/v1/candidates/:id getCandidate: candidate 1 none json',
      'patch /api/v1/candidates/:id changeCandidate: assessor 1 json json',
      'get /api/v1/candidates/:id/stats getCandidateStats: candidate 1 none json',
      'get /api/v1/candidates/:id/memory listMemory: candidate 1 none json',
      'post /api/v1/candidates/:id/memory/nodes createMemoryNode: assessor 1 json json',
      'get /api/v1/candidates/:id/memory/nodes/:node getMemoryNode: candidate 1 none json',
      'patch /api/v1/candidates/:id/memory/nodes/:node changeMemoryNode: assessor 1 json json',
      'delete /api/v1/candidates/:id/memory/nodes/:node deleteMemoryNode: admin 1 none json',
      'get /api/v1/candidates/:id/export exportCandidate: candidate 1 none bytes',
      'delete /api/v1/candidates/:id eraseCandidate: admin 1 none json',
      'post /api/v1/files/upload uploadFiles: assessor 1 multipart json 60000 ms',
      'get /api/v1/files listFiles: assessor 1 none json',
      'get /api/v1/files/:id getFile: assessor 1 none json',
      'get /api/v1/files/:id/content getFileContent: assessor 1 none bytes',
      'delete /api/v1/files/:id deleteFile: assessor 1 none json',
      'post /api/v1/assessments/async createAssessmentJob: assessor 2 json json',
      'get /api/v1/assessments/jobs/:job_id getAssessmentJob: viewer 1 none json',
      'delete /api/v1/assessments/jobs/:job_id cancelAssessmentJob: assessor 1 none json',
      'get /api/v1/assessments/jobs/:job_id/events streamAssessmentJob: viewer 1 none events',
      'post /api/v1/assessments/batch createAssessmentBatch: assessor 2 json json',
      'get /api/v1/assessments/batch/:batch_id getAssessmentBatch: viewer 1 none json',
      'get /api/v1/assessments/batch/:batch_id/events streamAssessmentBatch: viewer 1 none events',
      'post /api/v1/challenges/:name/reassess reassessChallenge: assessor 2 none json',
      'post /api/v1/webhooks createWebhook: assessor 1 json json',
      'get /api/v1/webhooks listWebhooks: assessor 1 none json',
      'get /api/v1/webhooks/:id getWebhook: assessor 1 none json',
      'patch /api/v1/webhooks/:id changeWebhook: assessor 1 json json',
      'delete /api/v1/webhooks/:id deleteWebhook: assessor 1 none json',
      'get /api/v1/webhooks/:id/deliveries listWebhookDeliveries: assessor 1 none json',
      'post /api/v1/webhooks/:id/deliveries/:delivery/resend resendWebhookDelivery: assessor 1 none json',
      'get /api/v1/assessments/:id/similar listSimilarSubmissions: assessor 1 none json',
      'get /api/v1/assessments/:id/similar/:other compareSubmissions: assessor 2 none json',
      'post /api/v1/assessments createAssessment: assessor 2 json json',
      'post /api/v1/assessments/:id/reassess reassess: assessor 2 none json',
      'get /api/v1/assessments listAssessments: candidate 1 none json',
      'get /api/v1/assessments/:id getAssessment: candidate 1 none json',
      'get /api/v1/assessments/:id/submission getAssessmentSubmission: candidate 1 none json',
      'get /api/v1/assessments/:id/dashboard getAssessmentDashboard: candidate 1 none json',
      'delete /api/v1/assessments/:id deleteAssessment: admin 1 none json',
      'post /api/v1/assessments/:id/appeals createAppeal: candidate 1 json json',
      'get /api/v1/assessments/:id/appeals listAppeals: candidate 1 none json',
      'get /api/v1/assessments/:id/appeals/:appeal getAppeal: candidate 1 none json',
      'patch /api/v1/assessments/:id/appeals/:appeal decideAppeal: assessor 1 json json',
      'get /api/v1/assessments/:id/report getAssessmentReport: candidate 1 none text',
      'post /api/v1/tags/generate generateTags: assessor 2 json json',
      'get /api/v1/challenges/:name/stats getChallengeStats: viewer 1 none json',
      'get /api/v1/engine/validity getEngineValidity: candidate 1 none json',
      'post /api/v1/rubrics/:version/canary startCanary: assessor 2 json json',
      'get /api/v1/rubrics/:version/canary getCanary: viewer 1 none json',
      'get /api/v1/rubrics listRubrics: viewer 1 none json',
      'post /api/v1/rubrics createRubric: assessor 1 json json',
      'get /api/v1/rubrics/:version getRubric: candidate 1 none json',
      'delete /api/v1/rubrics/:version deleteRubric: admin 1 none json',
      'post /api/v1/rubrics/:version/publish publishRubric: admin 1 none json',
    ]);
  });

  it('are probes where health is asked, and nowhere else', () => {
    const probes = routes.filter(({ probe }) => probe).map(({ path }) => path);
    assert.deepEqual(probes, Object.values(healthPaths));
  });

  it('let a class of forty be assessed and read within an hour of the default limit', () => {
    const costOf = (id: string) => {
      const found = routes.find(({ operationId }) => operationId === id);
      return found === undefined ? assert.fail(id) : (found.cost ?? 1);
    };
    const each = ['createAssessment', 'getAssessment', 'getAssessmentDashboard'].map(costOf);
    const total = 40 * each.reduce((sum, cost) => sum + cost, 0);
    const { perMinute, perHour } = loadConfig({ APP_ENV: 'testing' }).rateLimit;
    assert.deepEqual([total, perMinute, perHour], [160, 60, 1000]);
    assert.ok(total <= perHour && Math.ceil(total / perMinute) <= 3, 'three minutes by the minute');
    for (const { path, method, operationId } of routes) {
      const operation = apiDocument.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method];
      assert.equal(operation?.['x-rate-limit-cost'], costOf(operationId), operationId);
    }
  });

  it('cost nothing only above the rate limit', () => {
    assert.deepEqual(
      apiRoutes.filter(({ cost }) => cost === 0),
      [],
    );
    assert.ok(statusRoutes.every(({ cost }) => cost === 0));
  });
});
