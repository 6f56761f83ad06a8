/** `prometheus/` as data, for the tests that compare it with the code and with itself. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';

export interface Rule {
  file: string;
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
export type Alert = Rule & { alert: string };

export interface UnitTest {
  file: string;
  checks: { alertname: string; eval_time: string; firing: number }[];
}

export const readYaml = (path: string): unknown => parse(readFileSync(path, 'utf8'));

export const yamlFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => join(folder, name));

export function readRules(): Rule[] {
  return yamlFiles('prometheus/rules').flatMap((path) => {
    const { groups } = readYaml(path) as { groups: { rules: Partial<Rule>[] }[] };
    return groups.flatMap(({ rules }) =>
      rules.map((rule) => ({
        expr: '',
        labels: {},
        annotations: {},
        ...rule,
        file: basename(path, '.yml'),
      })),
    );
  });
}

export function readAlerts(): Alert[] {
  return readRules().filter((rule): rule is Alert => rule.alert !== undefined);
}

/** An alert as `prometheus/tests` shows that it fires: promtool has checked its labels and texts. */
export interface ExpectedAlert {
  alertname: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export function readExpectedAlerts(): ExpectedAlert[] {
  return yamlFiles('prometheus/tests').flatMap((path) => {
    const { tests } = readYaml(path) as {
      tests: {
        alert_rule_test?: {
          alertname: string;
          exp_alerts: {
            exp_labels: Record<string, string>;
            exp_annotations?: Record<string, string>;
          }[];
        }[];
      }[];
    };
    return tests
      .flatMap(({ alert_rule_test = [] }) => alert_rule_test)
      .flatMap(({ alertname, exp_alerts }) =>
        exp_alerts.map(({ exp_labels: labels, exp_annotations: annotations = {} }) => ({
          alertname,
          labels,
          annotations,
        })),
      );
  });
}

/** Each block of `prometheus/tests`. */
export function readUnitTests(): UnitTest[] {
  return yamlFiles('prometheus/tests').flatMap((path) => {
    const { tests } = readYaml(path) as {
      tests: {
        alert_rule_test?: { alertname: string; eval_time: string; exp_alerts: unknown[] }[];
      }[];
    };
    return tests.map(({ alert_rule_test = [] }) => ({
      file: basename(path, '.test.yml'),
      checks: alert_rule_test.map(({ alertname, eval_time, exp_alerts }) => ({
        alertname,
        eval_time,
        firing: exp_alerts.length,
      })),
    }));
  });
}
