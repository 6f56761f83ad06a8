/** PromQL in the words of the dashboards: every selector carries the dashboard's variables. */

/** A family as `metrics.ts` files and `process-families.ts` give it. */
interface Named {
  readonly name: string;
}

/** `job` and `instance` as chosen on the dashboard, and further matchers. */
export function select({ name }: Named, where = ''): string {
  return `${name}{job=~"$job",instance=~"$instance"${where === '' ? '' : `,${where}`}}`;
}

const part =
  (suffix: string) =>
  ({ name }: Named): Named => ({ name: `${name}${suffix}` });

/** The series of a histogram. */
export const bucketOf = part('_bucket');
export const countOf = part('_count');
export const sumOf = part('_sum');

/** Per second, of a counter; `$__rate_interval` always holds four scrapes. */
export function rate(family: Named, where = ''): string {
  return `rate(${select(family, where)}[$__rate_interval])`;
}

/** How often over the dashboard's whole range; for instant queries. */
export function increaseOverRange(family: Named, where = ''): string {
  return `increase(${select(family, where)}[$__range])`;
}

export function sumBy(labels: string, expr: string): string {
  return `sum by (${labels}) (${expr})`;
}

/** @param by labels to keep, besides `le` */
export function quantile(q: number, histogram: Named, by = '', where = ''): string {
  const labels = by === '' ? 'le' : `le, ${by}`;
  return quantileOf(q, sumBy(labels, rate(bucketOf(histogram), where)));
}

/** There is none while nothing happens, rather than NaN. */
function quantileOf(q: number, counts: string): string {
  return `(histogram_quantile(${q}, ${counts}) >= 0)`;
}

/** Events a second of a histogram. */
export function countRate(histogram: Named, by = '', where = ''): string {
  const rates = rate(countOf(histogram), where);
  return by === '' ? `sum(${rates})` : sumBy(by, rates);
}

/** A share; there is none while nothing happens, rather than NaN. */
export function ratio(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

/** 0 where `total` has series and `expr` has none yet. */
export function orZero(expr: string, total: string): string {
  return `(${expr} or 0 * ${total})`;
}

/** Over the dashboard's whole range; for instant queries. */
export function quantileOverRange(q: number, histogram: Named, by: string, where = ''): string {
  const counts = sumBy(`le, ${by}`, increaseOverRange(bucketOf(histogram), where));
  return quantileOf(q, counts);
}

/**
 * The same, with the exemplars of the native histograms: Prometheus 3 keeps them there where it makes
 * native ones of the classic (prometheus.yml), and Grafana asks for the exemplars of what a query selects.
 */
export function withExemplars(expr: string): string {
  const native = [...expr.matchAll(/(\w+)_bucket(\{[^}]*\})/g)].map(
    ([, name = '', labels = '']) => `(${name}${labels} unless ${name}${labels})`,
  );
  return [expr, ...native].join(' or ');
}
