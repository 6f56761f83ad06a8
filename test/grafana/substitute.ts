/** What Grafana puts in for a dashboard's variables, everything chosen. */
export function substitute(expr: string, times: { rateInterval: string; range: string }): string {
  return expr
    .replaceAll('$__rate_interval', times.rateInterval)
    .replaceAll('$__range', times.range)
    .replaceAll('$job', 'api')
    .replaceAll(/\$(instance|route)\b/g, '.*');
}

/** The labels that a legend such as `{{method}} {{route}}` shows. */
export function legendLabels(legend: string): string[] {
  return [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label = '']) => label);
}
