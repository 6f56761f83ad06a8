/** Options of prometheus.yml that the Prometheus 2.42 of the tests refuses to read. */
const sinceThree = ['convert_classic_histograms_to_nhcb', 'always_scrape_classic_histograms'];

/** The committed configuration for Prometheus 2.42: without what only Prometheus 3 can do. */
export function forPrometheus2(config: string): string {
  return config
    .split('\n')
    .filter((line) => !sinceThree.some((option) => line.trimStart().startsWith(`${option}:`)))
    .join('\n');
}
