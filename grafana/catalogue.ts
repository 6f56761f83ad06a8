import { assessments } from './dashboards/assessments.ts';
import { dependencies } from './dashboards/dependencies.ts';
import { health } from './dashboards/health.ts';
import { http } from './dashboards/http.ts';
import { overview } from './dashboards/overview.ts';
import { runtime } from './dashboards/runtime.ts';
import { slo } from './dashboards/slo.ts';
import { telemetry } from './dashboards/telemetry.ts';

/** Every dashboard, in the order an operator meets them. A new layer adds its own here. */
export const catalogue = [
  overview,
  http,
  slo,
  health,
  dependencies,
  assessments,
  runtime,
  telemetry,
];
