/** How texts of alerts show numbers: rounded, and each for what it measures. */

/** Of a template's result: two decimals, of which there may be up to four digits. */
const short = 'reReplaceAll "([.][0-9][0-9])[0-9]+" "$1"';

/** The value of the alert: as a share, a time, or a number. */
export const percent = `{{ $value | humanizePercentage | ${short} }}`;
export const duration = `{{ $value | humanizeDuration | ${short} }}`;
export const quantity = `{{ $value | humanize | ${short} }}`;

/** How often: what Prometheus extrapolates between scrapes has decimals, and what happened has none. */
export const times = '{{ $value | printf "%.0f" }}';

/** The argument of the template function `query`. @param labels of the alert that `%s` stands for, in turn */
function queried(query: string, labels: readonly string[]): string {
  const values = labels.map((label) => ` $labels.${label}`).join('');
  return labels.length === 0 ? `\`${query}\`` : `(printf \`${query}\`${values})`;
}

/**
 * A number that is not the value of the alert.
 *
 * @param query with one result; `%s` stands for the labels of the alert that are named
 */
export function asked(query: string, labels: readonly string[] = ['instance']): string {
  return `{{ with query ${queried(query, labels)} }}{{ . | first | value | humanize | ${short} }}{{ else }}an unknown number{{ end }}`;
}

/** A sentence with a blank before it, or nothing where the query finds none. */
function sentence(
  query: string,
  start: string,
  each: string,
  labels: readonly string[] = [],
): string {
  return `{{ with query ${queried(query, labels)} }} ${start}{{ range $i, $s := . }}{{ if $i }}, {{ end }}${each}{{ end }}.{{ end }}`;
}

/** @param labels of the results, joined */
export function listed(query: string, start: string, ...labels: string[]): string {
  return sentence(query, start, labels.map((label) => `{{ $s.Labels.${label} }}`).join(' on '));
}

/** @param label of the results, each with its time */
export function listedTimes(query: string, start: string, label: string): string {
  return sentence(
    query,
    start,
    `{{ $s.Labels.${label} }} {{ $s.Value | humanizeDuration | ${short} }}`,
  );
}

/** The same of what concerns the alert. @param own label of the alert, for which `%s` stands @param label of the results */
export function listedOf(query: string, own: string, start: string, label: string): string {
  return sentence(query, start, `{{ $s.Labels.${label} }}`, [own]);
}
