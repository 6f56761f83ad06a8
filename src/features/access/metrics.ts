import { counter, gauge, histogram } from '#telemetry/metrics.ts';
import type { Access } from '../../http/request/context.ts';
import { auditActions, type AuditAction } from './audit.ts';

const methods = ['password', 'refresh', 'jwt', 'api_key'] as const;
const outcomes = ['ok', 'invalid', 'expired', 'revoked', 'limited'] as const;
export type AuthMethod = (typeof methods)[number];
export type AuthOutcome = (typeof outcomes)[number];

export const authAttempts = counter({
  name: 'auth_attempts_total',
  help: 'Credentials that were presented, by kind and what became of them',
  labels: { method: methods, outcome: outcomes },
});

export const refreshReuse = counter({
  name: 'auth_refresh_reuse_total',
  help: 'Refresh tokens that were presented again after their leeway, which ended their family',
});

/** For whoever enforces `access`. */
export const authDenied = counter({
  name: 'auth_denied_total',
  help: 'Requests of callers who may not do this (403), by what the route asks for',
  labels: { access: ['candidate', 'viewer', 'assessor', 'admin'] satisfies Access[] },
});

export const passwordHashDuration = histogram({
  name: 'password_hash_duration_seconds',
  help: 'Time to compute one password hash, without the time it waited',
  buckets: [0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1],
});

export const auditEvents = counter({
  name: 'audit_events_total',
  help: 'Entries written to the audit log',
  labels: { action: auditActions },
});

export const bootstrapKeyActive = gauge({
  name: 'access_bootstrap_key_active',
  combine: 'max',
  help: '1 while BOOTSTRAP_ADMIN_API_KEY is accepted, because there is no enabled administrator',
});

export interface AccessEvents {
  attempted: (method: AuthMethod, outcome: AuthOutcome) => void;
  refreshReused: () => void;
  /** A password hash was computed. */
  hashed: (seconds: number) => void;
  audited: (action: AuditAction) => void;
  bootstrapKey: (isActive: boolean) => void;
}

export function accessEvents(): AccessEvents {
  bootstrapKeyActive.set({}, 0);
  passwordHashDuration.init({});
  return {
    attempted: (method, outcome) => authAttempts.inc({ method, outcome }),
    refreshReused: () => refreshReuse.inc({}),
    hashed: (seconds) => passwordHashDuration.observe({}, seconds),
    audited: (action) => auditEvents.inc({ action }),
    bootstrapKey: (isActive) => bootstrapKeyActive.set({}, isActive ? 1 : 0),
  };
}
