import type { Route } from '../../http/routing/route.ts';
import { apiKeyRoutes } from './api-key-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { authRoutes } from './auth-routes.ts';
import { userRoutes } from './user-routes.ts';

type Needs<Create extends (deps: never) => Route[]> = Parameters<Create>[0];

/** All routes of this feature. */
export function accessRoutes(
  deps: Needs<typeof authRoutes> & Needs<typeof userRoutes> & Needs<typeof apiKeyRoutes>,
): Route[] {
  return [...authRoutes(deps), ...userRoutes(deps), ...apiKeyRoutes(deps), ...auditRoutes()];
}
