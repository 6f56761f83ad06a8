import { route, type Route } from '../../http/routing/route.ts';
import { pageQuery, pageSchema } from '../../http/routing/schemas.ts';
import { auditEventSchema } from './access-schemas.ts';
import { listAuditEvents } from './audit.ts';

export function auditRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/admin/audit',
      operationId: 'listAuditEvents',
      summary: 'The audit log, newest first',
      description: 'What changed rights or erased something. Entries are never changed or removed.',
      tag: { name: 'Audit', description: 'Who did what to whom, and when.' },
      access: 'admin',
      body: 'none',
      reply: 'json',
      query: pageQuery,
      responses: {
        200: { description: 'A page', schema: pageSchema(auditEventSchema, 'AuditEventPage') },
      },
      async handle({ query, ctx }) {
        return { status: 200, body: await listAuditEvents(ctx.state.em, query) };
      },
    }),
  ];
}
