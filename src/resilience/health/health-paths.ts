/** Where health is asked; imports nothing, so that dashboards and rules can leave these paths out. */
export const healthPaths = {
  health: '/health',
  detail: '/api/v1/health',
  system: '/api/v1/status/system',
  readiness: '/api/v1/status/readiness',
  liveness: '/api/v1/status/liveness',
} as const;
