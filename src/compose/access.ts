/** Who may come in: accounts, keys, tokens, and the routes about them. */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Caller, Identify } from '../http/request/caller.ts';
import type { Access as RouteAccess } from '../http/request/context.ts';
import { unauthorized } from '../http/request/authenticate.ts';
import type { Route } from '../http/routing/route.ts';
import type { Platform } from './platform.ts';

export interface Access {
  identify: Identify;
  /** A caller may not do what it asked for. */
  onDenied: (access: RouteAccess) => void;
  routes: Route[];
  /** @returns null when there is no such account or key */
  quotaOf: (em: SqlEntityManager, id: string) => Promise<Pick<Caller, 'id' | 'quota'> | null>;
}

export async function createAccess(_platform: Platform): Promise<Access> {
  return {
    identify: () => Promise.reject(unauthorized('Not valid.')),
    onDenied: () => {},
    routes: [],
    quotaOf: () => Promise.resolve(null),
  };
}
