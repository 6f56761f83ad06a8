/** The committed configuration of Prometheus and Alertmanager, at other addresses and, if wanted, faster. */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { findDebianTool } from './debian-tools.ts';
import { yamlFiles } from './prometheus-rules.ts';

/** One minute of a rule lasts a second. */
export const SPEED = 60;

const unitMs: Record<string, number> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

const shorter = (amount: string, unit: string, speed = SPEED): string =>
  `${Math.max(1, Math.round((Number(amount) * (unitMs[unit] ?? 0)) / speed))}ms`;

/** Ranges and waiting times; names such as `rate5m` and thresholds stay. */
export function speedUpRules(text: string): string {
  return text
    .replaceAll(/\[(\d+)([smhd])\]/g, (_, amount, unit) => `[${shorter(amount, unit)}]`)
    .replaceAll(/offset (\d+)([smhd])\b/g, (_, amount, unit) => `offset ${shorter(amount, unit)}`)
    .replaceAll(
      /^( +(?:for|keep_firing_for|interval): )(\d+)([smhd])$/gm,
      (_, key, amount, unit) => key + shorter(amount, unit),
    );
}

/** @param webhook where each receiver posts to, under its own name */
export function speedUpAlertmanager(text: string, webhook: string, speed = SPEED): string {
  const faster = text.replaceAll(
    /(group_wait|group_interval|repeat_interval): (\d+)([smhd])/g,
    (_, key, amount, unit) => `${key}: ${shorter(amount, unit, speed)}`,
  );
  return toWebhook(faster, webhook);
}

function toWebhook(text: string, webhook: string): string {
  const config = parse(text, { merge: true }) as {
    global?: unknown;
    receivers: { name: string; email_configs?: unknown; webhook_configs?: object[] }[];
  };
  delete config.global;
  for (const receiver of config.receivers) {
    delete receiver.email_configs;
    if (receiver.name === 'nobody') continue;
    receiver.webhook_configs = [{ url: `${webhook}/${receiver.name}`, send_resolved: true }];
  }
  return stringify(config);
}

/** By default a minute passes as a second; else only the scrape interval may be another, such as `60s`. */
export type Pace = 'fast' | { scrape: string };

/** @param dir where the committed configuration is copied to, with these addresses */
export function configure(
  dir: string,
  options: {
    addresses: Record<string, string | undefined>;
    blackbox: string;
    webhook: string;
    pace: Pace;
    /** Of rules, where a minute passes as a second. */
    evaluation: string;
    /** Leaves out of prometheus.yml what this Prometheus does not know. */
    known: (config: string) => string;
  },
): void {
  const { addresses: targets, blackbox, webhook, pace, evaluation, known } = options;
  cpSync('prometheus', dir, { recursive: true });
  const rewrite = (path: string, change: (text: string) => string) =>
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  rewrite(join(dir, 'prometheus.yml'), (text) =>
    (pace === 'fast'
      ? known(text)
          .replaceAll(/scrape_interval: \w+/g, 'scrape_interval: 1s')
          .replaceAll(/evaluation_interval: \w+/g, `evaluation_interval: ${evaluation}`)
          .replaceAll(/scrape_timeout: \w+/g, 'scrape_timeout: 1s')
      : known(text).replaceAll(/scrape_interval: \w+/g, `scrape_interval: ${pace.scrape}`)
    ).replace('blackbox:9115', blackbox),
  );
  rewrite(join(dir, 'alertmanager.yml'), (text) =>
    pace === 'fast' ? speedUpAlertmanager(text, webhook) : toWebhook(text, webhook),
  );
  for (const file of pace === 'fast' ? yamlFiles(join(dir, 'rules')) : []) {
    rewrite(file, speedUpRules);
  }
  for (const file of yamlFiles(join(dir, 'targets'))) {
    const name = Object.keys(targets).find((job) => file.endsWith(`/${job}.yml`));
    const address = name === undefined ? undefined : targets[name];
    rewrite(file, () => stringify(address === undefined ? [] : [{ targets: [address] }]));
  }
}

/** Options of prometheus.yml that the Prometheus 2.42 of the tests refuses to read. */
const sinceThree = ['convert_classic_histograms_to_nhcb', 'always_scrape_classic_histograms'];

/** The committed configuration for Prometheus 2.42: without what only Prometheus 3 can do. */
export function forPrometheus2(config: string): string {
  return config
    .split('\n')
    .filter((line) => !sinceThree.some((option) => line.trimStart().startsWith(`${option}:`)))
    .join('\n');
}

/** @returns what makes of the committed configuration that of the Prometheus which is started here */
export async function forThisPrometheus(): Promise<(config: string) => string> {
  const { path, env } = await findDebianTool('prometheus');
  const { stdout, stderr } = await promisify(execFile)(path, ['--version'], {
    env: { ...process.env, ...env },
  });
  return /version 2\./.test(stdout + stderr) ? forPrometheus2 : (config) => config;
}
