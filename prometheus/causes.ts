/**
 * What is wrong, in one word: the label `cause` of every alert. Alerts of one cause are one
 * notification, and an alert that explains others holds back those of its cause (alertmanager.yml).
 */
import { cacheBreaker, databaseBreaker, rateLimitBreaker } from '#src/compose/breaker-policies.ts';

type Cause =
  /** No process of the service can be reached. */
  | 'process'
  | 'postgres'
  | 'redis'
  /** The assessment engine, with its threads. */
  | 'engine'
  /** What should be gone can still be read. */
  | 'privacy'
  /** Memory, event loop and files of a process. */
  | 'runtime'
  /** Who gets in; nothing else explains it. */
  | 'access'
  /** What clients do. */
  | 'clients'
  /** Traces, metrics and logs, and where they go. */
  | 'telemetry'
  /** Prometheus and Alertmanager. */
  | 'monitoring'
  /** Users' trouble, whatever it comes from. */
  | 'unknown'
  /** Of IncidentOpen only: no instance is ready; a budget burns. */
  | 'readiness'
  | 'objective';

/** A cause, or a template that reads one from a label of the alert. */
export type CauseLabel = Cause | `{{ if ${string}`;

/** Another value of the label is a cause of its own. */
function byLabel(label: string, causes: Partial<Record<Cause, readonly string[]>>): CauseLabel {
  const branches = Object.entries(causes).map(
    ([cause, values]) =>
      `if eq $labels.${label} ${values.map((value) => `"${value}"`).join(' ')} }}${cause}{{ else`,
  );
  return `{{ ${branches.join(' ')} }}{{ $labels.${label} }}{{ end }}` as CauseLabel;
}

/** Of `component_up`: what the service remembers lies in the database, and the engine also tags. */
export const causeOfComponent = byLabel('component', {
  postgres: ['database', 'memory'],
  engine: ['assessment', 'tagging'],
});

const breakers = [databaseBreaker, cacheBreaker(), rateLimitBreaker()];
const breakersOf = (system: string) =>
  breakers.filter(({ dependency }) => dependency === system).map(({ name }) => name);

export const causeOfBreaker = byLabel('name', {
  postgres: breakersOf('postgresql'),
  redis: breakersOf('redis'),
});

export const causeOfSystem = byLabel('db_system_name', { postgres: ['postgresql'] });
