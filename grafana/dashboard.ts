/** What all dashboards share: variables, annotations, links bar, time, and the flow of the grid. */
import { httpRequestDuration } from '#src/http/request/metrics.ts';
import { appReady } from '#src/resilience/health/metrics.ts';
import { otelFamilies, processFamilies } from '#telemetry/process-families.ts';
import type { LogsPanel } from './logs.ts';
import { datasource, type SizedPanel } from './panel.ts';
import type {
  Annotation,
  Dashboard,
  Link,
  PlacedPanel,
  RowPanel,
  Target,
  Variable,
} from './plain.ts';
import { countOf, select } from './queries.ts';

export const COLUMNS = 24;
/** Of Grafana's classic model; newer ones are migrated from it. */
const SCHEMA_VERSION = 42;

export interface Section {
  id: number;
  title: string;
  panels: SizedPanel[];
}

/** A closed row: its panels ask nothing until somebody opens it. */
export interface ClosedSection {
  id: number;
  title: string;
  closed: (Omit<LogsPanel, 'gridPos'> & { w: number; h: number })[];
}

export interface DashboardSpec {
  uid: `api-${string}`;
  title: string;
  description: string;
  /** Adds the variable `route`. */
  byRoute?: true;
  sections: (Section | ClosedSection)[];
}

/** @param multi all at first; else one, of which `first` is shown until it is known */
function queryVariable(
  name: string,
  label: string,
  query: string,
  { multi = false, first = '' },
): Variable {
  return {
    type: 'query',
    name,
    label,
    query: { query, refId: `variable-${name}` },
    datasource,
    refresh: 2,
    sort: 1,
    multi,
    includeAll: multi,
    ...(multi ? { allValue: '.*' } : {}),
    current: multi ? { text: ['All'], value: ['$__all'] } : { text: first, value: first },
    options: [],
  };
}

function variables(byRoute: boolean): Variable[] {
  const requests = countOf(httpRequestDuration).name;
  const list: Variable[] = [
    {
      type: 'datasource',
      name: 'datasource',
      label: 'Prometheus',
      query: 'prometheus',
      current: { text: 'Prometheus', value: 'prometheus' },
      options: [],
    },
    queryVariable('job', 'Job', `label_values(${appReady.name}, job)`, { first: 'api' }),
    queryVariable('instance', 'Instance', `label_values(${appReady.name}{job=~"$job"}, instance)`, {
      multi: true,
    }),
  ];
  // What Jaeger calls the service.
  const services = `label_values(${otelFamilies.targetInfo.name}{job=~"$job"}, service_name)`;
  const routes = `label_values(${requests}{job=~"$job"}, route)`;
  list.push({ ...queryVariable('service', 'Service', services, { first: 'sono-eval' }), hide: 2 });
  return byRoute ? [...list, queryVariable('route', 'Route', routes, { multi: true })] : list;
}

function annotation(
  name: string,
  iconColor: string,
  expr: string,
  text: { title: string; text: string; tags: string },
): Annotation {
  const target: Target = { refId: 'A', datasource, expr, instant: false, range: true };
  return {
    name,
    datasource,
    enable: true,
    hide: false,
    iconColor,
    expr,
    target,
    titleFormat: text.title,
    textFormat: text.text,
    tagKeys: text.tags,
  };
}

function annotations(): Annotation[] {
  const started = select(processFamilies.startTime);
  const build = select(processFamilies.buildInfo);
  const firstStart = `min by (version, revision) (${build} * on (job, instance) group_left () ${started})`;
  // A restart of what ran a moment ago deploys nothing. The step of an annotation is a minute.
  const known = `max by (version, revision) (max_over_time(${build}[10m] offset 2m))`;
  return [
    // The value is the time of the event, so that a coarse step cannot miss it.
    {
      ...annotation(
        'Deploys',
        'blue',
        `${firstStart} * 1000 unless on (version, revision) ${known}`,
        {
          title: 'Deploy {{version}}',
          text: 'First start of {{version}} ({{revision}})',
          tags: 'version,revision',
        },
      ),
      useValueForTime: true,
    },
    {
      ...annotation('Restarts', 'purple', `${started} * 1000`, {
        title: 'Start of {{instance}}',
        text: 'The process started',
        tags: 'instance',
      }),
      useValueForTime: true,
    },
    annotation('Alerts', 'red', 'ALERTS{alertstate="firing",severity!="none"}', {
      title: '{{alertname}}',
      text: '{{severity}} {{component}}{{route}}{{slo}}',
      tags: 'severity',
    }),
  ];
}

const linksBar: Link = {
  title: 'API dashboards',
  type: 'dashboards',
  icon: 'external link',
  tooltip: 'The other dashboards, with the same time and variables',
  tags: ['api'],
  asDropdown: false,
  targetBlank: false,
  includeVars: true,
  keepTime: true,
};

/** Left to right in the order given; a new line begins where a panel no longer fits. */
function place(sections: DashboardSpec['sections']): (PlacedPanel | RowPanel)[] {
  const placed: (PlacedPanel | RowPanel)[] = [];
  let y = 0;
  for (const section of sections) {
    const { id, title } = section;
    const row = { id, type: 'row', title, gridPos: { x: 0, y, w: COLUMNS, h: 1 } } as const;
    y += 1;
    if ('closed' in section) {
      // Open, they lie below it; closed, they take no room.
      const { panels } = flow(section.closed, y);
      placed.push({ ...row, collapsed: true, panels });
      continue;
    }
    const { panels, end } = flow(section.panels, y);
    placed.push({ ...row, collapsed: false, panels: [] }, ...panels);
    y = end;
  }
  return placed;
}

function flow<P extends { w: number; h: number }>(panels: readonly P[], top: number) {
  let y = top;
  let x = 0;
  let lineHeight = 0;
  const placed = panels.map(({ w, h, ...panel }) => {
    if (x + w > COLUMNS) {
      x = 0;
      y += lineHeight;
      lineHeight = 0;
    }
    const gridPos = { x, y, w, h };
    x += w;
    lineHeight = Math.max(lineHeight, h);
    return { ...panel, gridPos };
  });
  return { panels: placed, end: y + lineHeight };
}

export function dashboard(spec: DashboardSpec): Dashboard {
  return {
    uid: spec.uid,
    title: spec.title,
    description: spec.description,
    tags: ['api'],
    schemaVersion: SCHEMA_VERSION,
    editable: false,
    graphTooltip: 1,
    time: { from: 'now-1h', to: 'now' },
    refresh: '30s',
    timezone: 'browser',
    liveNow: false,
    links: [linksBar],
    templating: { list: variables(spec.byRoute === true) },
    annotations: { list: annotations() },
    panels: place(spec.sections),
  };
}
