/** The rules as the YAML that Prometheus loads, and as the resource that the Prometheus operator reads. */
import { stringify } from 'yaml';
import { RUNBOOKS } from '#grafana/links.ts';
import type { Rule, RuleFile } from './rule.ts';
import { scopeLabels, withinScope, type Scope } from './scope.ts';

const yaml = (value: unknown) => stringify(value, { lineWidth: 0, singleQuote: true });

function scoped(rule: Rule, scope: Scope): Rule {
  const { annotations } = rule;
  const { job: _, ...place } = scopeLabels(scope);
  // An alert has its job from its series.
  const labels = {
    ...(rule.record === undefined ? place : scopeLabels(scope)),
    ...rule.labels,
  };
  return {
    ...rule,
    labels,
    expr: withinScope(rule.expr, scope),
    ...(annotations === undefined ? {} : { annotations: scopedTexts(annotations, scope) }),
  };
}

/** Templates may ask Prometheus, too: what stands between backticks is a query. */
function scopedTexts(texts: Record<string, string>, scope: Scope): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      text.replaceAll(/`([^`]+)`/g, (_, expr: string) => `\`${withinScope(expr, scope)}\``),
    ]),
  );
}

function groupsOf({ name, groups }: RuleFile, scope: Scope) {
  return Object.entries(groups).map(([group, rules]) => ({
    name: `${name}-${group}`,
    rules: rules.map((rule) => scoped(rule, scope)),
  }));
}

export function ruleFile(file: RuleFile, scope: Scope): string {
  const head = `# ${file.about}\n# Generated from ${file.name}.ts: npm run rules\n`;
  return head + yaml({ groups: groupsOf(file, scope) });
}

/**
 * @param files without those about Prometheus and Alertmanager: a cluster's stack has its own
 * @param grafanaUrl without a slash at its end
 */
export function prometheusRule(
  files: readonly RuleFile[],
  scope: Scope,
  grafanaUrl: string,
): string {
  const head = '# For the Prometheus operator. Generated, also for another scope: see build.ts\n';
  const resource = yaml({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: 'sono-eval',
      ...(scope.namespace === undefined ? {} : { namespace: scope.namespace }),
      labels: { 'app.kubernetes.io/name': 'sono-eval' },
    },
    spec: { groups: files.flatMap((file) => groupsOf(file, scope)) },
  });
  // Its Prometheus does not have our external labels.
  const links = resource
    .replaceAll('{{ $externalLabels.grafana_url }}', grafanaUrl)
    .replaceAll('{{ $externalLabels.runbook_url }}', RUNBOOKS);
  return head + links;
}
