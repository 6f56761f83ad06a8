/**
 * The two formats of `/metrics`, written from one neutral model, so that what prom-client and
 * OpenTelemetry contribute cannot differ in dialect: OpenMetrics 1.0.0 and Prometheus text 0.0.4.
 */

export type FamilyType = 'counter' | 'gauge' | 'histogram';

export interface Exemplar {
  labels: Record<string, string>;
  value: number;
  /** Seconds since the epoch. */
  timestamp: number;
}

export interface Sample {
  /** Appended to the family's name: '', `_total`, `_bucket`, `_sum`, `_count`. */
  suffix: string;
  labels: Record<string, string | number>;
  value: number;
  exemplar?: Exemplar | undefined;
}

/** How one value is made of those that several parts, services or processes have for the same labels. */
export type Combine = 'sum' | 'max' | 'min';

/** One metric. A counter's name has no `_total`: the samples have it. */
export interface Family {
  name: string;
  type: FamilyType;
  help: string;
  samples: Sample[];
  /** Of a gauge; the sum unless it is told. Counters and histograms are always summed. */
  combine?: Combine | undefined;
}

export type Format = 'openmetrics' | 'text';

export const contentTypes: Record<Format, string> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  text: 'text/plain; version=0.0.4; charset=utf-8',
};

const UNITS = ['seconds', 'bytes', 'ratio'];

/** Which format an `Accept` header asks for; text when it asks for neither. */
export function negotiate(accept: string | undefined): Format {
  const best = { openmetrics: 0, text: 0 };
  for (const item of (accept ?? '').toLowerCase().split(',').slice(0, 50)) {
    const [type = '', ...parameters] = item.split(';').map((part) => part.trim());
    const format = formatOf(type, parameter(parameters, 'version'));
    if (format !== null) best[format] = Math.max(best[format], quality(parameters));
  }
  return best.openmetrics > 0 && best.openmetrics >= best.text ? 'openmetrics' : 'text';
}

function formatOf(type: string, version = '1.0.0'): Format | null {
  if (type === 'application/openmetrics-text') return version === '1.0.0' ? 'openmetrics' : null;
  return ['text/plain', 'text/*', '*/*'].includes(type) ? 'text' : null;
}

function parameter(parameters: string[], name: string): string | undefined {
  const found = parameters.find((text) => text.startsWith(`${name}=`));
  return found?.slice(name.length + 1).replaceAll('"', '');
}

function quality(parameters: string[]): number {
  const q = Number(parameter(parameters, 'q') ?? 1);
  return q >= 0 && q <= 1 ? q : 0;
}

/** The first list wins where both claim a name: two TYPE lines for one family would confuse Prometheus silently. */
export function mergeFamilies(
  own: readonly Family[],
  added: readonly Family[],
  onCollision: (name: string) => void,
): Family[] {
  const claimed = new Set(own.map(({ name }) => name));
  const free = added.filter(({ name, samples }) => !claimed.has(name) && samples.length > 0);
  for (const { name } of added) if (claimed.has(name)) onCollision(name);
  return [...own, ...free];
}

export function writeFamilies(families: readonly Family[], format: Format): string {
  const lines = families.flatMap((family) => writeFamily(family, format));
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

function writeFamily(family: Family, format: Format): string[] {
  const open = format === 'openmetrics';
  const name = family.type === 'counter' && !open ? `${family.name}_total` : family.name;
  const unit = UNITS.find((candidate) => family.name.endsWith(`_${candidate}`));
  return [
    `# HELP ${name} ${open ? escapeLabel(family.help) : escapeHelp(family.help)}`,
    `# TYPE ${name} ${family.type}`,
    ...(open && unit !== undefined ? [`# UNIT ${name} ${unit}`] : []),
    ...family.samples.map((sample) => writeSample(family.name, sample, open)),
  ];
}

function writeSample(name: string, sample: Sample, open: boolean): string {
  const line = `${name}${sample.suffix}${writeLabels(sample.labels, open)} ${writeNumber(sample.value)}`;
  const { exemplar } = sample;
  if (exemplar === undefined || !open) return line;
  const at = exemplar.timestamp.toFixed(3);
  return `${line} # ${writeLabels(exemplar.labels, open)} ${writeNumber(exemplar.value)} ${at}`;
}

function writeLabels(labels: Record<string, string | number>, open: boolean): string {
  const parts = Object.entries(labels).map(([key, value]) =>
    key === 'le' ? `le="${writeBound(Number(value), open)}"` : `${key}="${escapeLabel(value)}"`,
  );
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

/** OpenMetrics wants `1.0`, the text format has always had `1`; Prometheus 3 stores both as `1.0`. */
function writeBound(bound: number, open: boolean): string {
  const text = writeNumber(bound);
  return open && /^\d+$/.test(text) ? `${text}.0` : text;
}

function writeNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(value: string | number): string {
  return escapeHelp(String(value)).replaceAll('"', '\\"');
}
