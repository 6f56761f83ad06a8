import type { Family } from './exposition.ts';
import type { LogTarget } from './log-target.ts';

/** The OpenTelemetry SDK of the process, as the rest of the service sees it. */
export interface Telemetry {
  serviceName: string;
  /** Of package.json. */
  version: string;
  /** The commit that was built, from `GIT_REVISION`. */
  revision: string;
  /** `service.instance.id` of the resource: tells this process from every other. */
  instanceId: string;
  /** Whether the SDK runs: not in workers, not with `OTEL_SDK_DISABLED=true`. */
  active: boolean;
  /** OpenTelemetry's metrics now, and what could not be collected; null without the SDK. */
  collect: () => Promise<{ families: Family[]; errors: readonly unknown[] } | null>;
  /** Makes the log store's place for lines, one for each log; null: there is no log store. */
  logTarget: (() => LogTarget) | null;
  /** Sends what is left of the spans, within 2 s; never rejects. */
  shutdown: () => Promise<void>;
}
