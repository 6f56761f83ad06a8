/** Prometheus' HTTP API, as far as Grafana uses it for panels. */

export interface Series {
  metric: Record<string, string>;
  /** Unix seconds and value. */
  values: [number, number][];
}

export interface Exemplar {
  labels: Record<string, string>;
  value: number;
  timestamp: number;
}

export interface PrometheusApi {
  url: string;
  /** @param at Unix seconds; by default now */
  instant(query: string, at?: number): Promise<Series[]>;
  range(query: string, span: { start: number; end: number; step: number }): Promise<Series[]>;
  labelValues(label: string, selector: string): Promise<string[]>;
  exemplars(query: string, span: { start: number; end: number }): Promise<Exemplar[]>;
  /** The major one. */
  version(): Promise<number>;
}

interface RawSeries {
  metric: Record<string, string>;
  value?: [number, string];
  values?: [number, string][];
}

export function createPrometheusApi(url: string): PrometheusApi {
  const ask = async (path: string, params: Record<string, string>): Promise<unknown> => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(params).toString()}`);
    const answer = (await response.json()) as { status: string; data?: unknown; error?: string };
    if (answer.status !== 'success') throw new Error(`${params['query'] ?? path}: ${answer.error}`);
    return answer.data;
  };
  const askForSeries = async (path: string, params: Record<string, string>): Promise<Series[]> => {
    const data = (await ask(path, params)) as { resultType: string; result: unknown };
    // A scalar has neither labels nor a list around it.
    const result =
      data.resultType === 'scalar'
        ? [{ metric: {}, value: data.result as [number, string] }]
        : (data.result as RawSeries[]);
    return result.map((series: RawSeries) => ({
      metric: series.metric,
      values: (series.values ?? (series.value === undefined ? [] : [series.value])).map(
        ([time, value]): [number, number] => [time, toNumber(value)],
      ),
    }));
  };
  return {
    url,
    version: async () =>
      parseInt(((await ask('status/buildinfo', {})) as { version: string }).version, 10),
    instant: (query, at) =>
      askForSeries('query', { query, ...(at === undefined ? {} : { time: String(at) }) }),
    range: (query, { start, end, step }) =>
      askForSeries('query_range', {
        query,
        start: String(start),
        end: String(end),
        step: String(step),
      }),
    labelValues: async (label, selector) =>
      (await ask(`label/${label}/values`, { 'match[]': selector })) as string[],
    exemplars: async (query, { start, end }) => {
      const data = await ask('query_exemplars', {
        query,
        start: String(start),
        end: String(end),
      });
      return (
        data as {
          exemplars: { labels: Record<string, string>; value: string; timestamp: number }[];
        }[]
      )
        .flatMap(({ exemplars }) => exemplars)
        .map((exemplar) => ({ ...exemplar, value: toNumber(exemplar.value) }));
    },
  };
}

function toNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
