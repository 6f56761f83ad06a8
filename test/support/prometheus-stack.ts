/** Real Prometheus and Alertmanager on the committed configuration, with minutes passing as seconds. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { findDebianTool, type DebianTool } from './debian-tools.ts';
import { forThisPrometheus } from './prometheus-config.ts';
import { yamlFiles } from './prometheus-rules.ts';
import { until } from './until.ts';

/** One minute of a rule lasts a second. */
export const SPEED = 60;

const unitMs: Record<string, number> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

const shorter = (amount: string, unit: string, speed = SPEED): string =>
  `${Math.max(1, Math.round((Number(amount) * (unitMs[unit] ?? 0)) / speed))}ms`;

/** Ranges and waiting times; names such as `rate5m` and thresholds stay. */
export function speedUpRules(text: string): string {
  return text
    .replaceAll(/\[(\d+)([smhd])\]/g, (_, amount, unit) => `[${shorter(amount, unit)}]`)
    .replaceAll(
      /^( +(?:for|keep_firing_for|interval): )(\d+)([smhd])$/gm,
      (_, key, amount, unit) => key + shorter(amount, unit),
    );
}

/** @param webhook where each receiver posts to, under its own name, instead of sending mail */
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

export interface MonitoringStack {
  prometheusUrl: string;
  alertmanagerUrl: string;
  close(): Promise<void>;
}

/**
 * @param options.target `host:port` of the service's metrics
 * @param options.probe what the black-box probe asks; by default nothing
 * @param options.exporters `host:port` by job; by default none
 * @param options.webhook is told of every alert, under the name of its receiver
 * @param options.ports wanted; by default any that are free
 * @param options.traces `host:port` of a trace back end's own metrics; by default there is none
 */
export async function startMonitoringStack(options: {
  target: string;
  probe?: string;
  exporters?: { postgres: string; redis: string };
  webhook: string;
  ports?: { prometheus: number; alertmanager: number };
  traces?: string | undefined;
  pace?: Pace;
}): Promise<MonitoringStack> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'sono-eval-monitoring-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  const ports = options.ports ?? { prometheus: await freePort(), alertmanager: await freePort() };
  const blackbox = `127.0.0.1:${await freePort()}`;
  const addresses = {
    api: options.target,
    'api-probe': options.probe,
    ...options.exporters,
    prometheus: `127.0.0.1:${ports.prometheus}`,
    alertmanager: `127.0.0.1:${ports.alertmanager}`,
    jaeger: options.traces,
  };
  const config = join(dir, 'config');
  const { webhook, pace = 'fast' } = options;
  const known = await forThisPrometheus();
  configure(config, { addresses, blackbox, webhook, pace, known });

  const prober = await startTool('blackbox', [
    `--config.file=${config}/blackbox.yml`,
    `--web.listen-address=${blackbox}`,
    '--log.level=error',
  ]);
  stack.defer(() => killChild(prober));

  const alertmanager = await startAlertmanager({
    config: `${config}/alertmanager.yml`,
    storage: `${dir}/alertmanager`,
    address: addresses.alertmanager,
  });
  stack.defer(() => killChild(alertmanager));
  const prometheus = await startTool('prometheus', [
    `--config.file=${config}/prometheus.yml`,
    `--storage.tsdb.path=${dir}/prometheus`,
    `--web.listen-address=${addresses.prometheus}`,
    '--enable-feature=exemplar-storage',
    ...(pace === 'fast' ? ['--rules.alert.resend-delay=1s'] : []),
    '--log.level=error',
  ]);
  stack.defer(() => killChild(prometheus));
  await ready(prober, `http://${blackbox}/-/healthy`);
  await ready(prometheus, `http://${addresses.prometheus}/-/ready`);

  const running = stack.move();
  return {
    prometheusUrl: `http://${addresses.prometheus}`,
    alertmanagerUrl: `http://${addresses.alertmanager}`,
    close: () => running.disposeAsync(),
  };
}

/** @returns when it takes alerts */
export async function startAlertmanager(options: {
  config: string;
  storage: string;
  address: string;
}): Promise<ChildProcess> {
  const child = await startTool('alertmanager', [
    `--config.file=${options.config}`,
    `--storage.path=${options.storage}`,
    `--web.listen-address=${options.address}`,
    '--cluster.listen-address=',
    '--log.level=error',
  ]);
  try {
    await ready(child, `http://${options.address}/-/ready`);
  } catch (error) {
    await killChild(child);
    throw error;
  }
  return child;
}

function configure(
  dir: string,
  options: {
    addresses: Record<string, string | undefined>;
    blackbox: string;
    webhook: string;
    pace: Pace;
    /** Leaves out of prometheus.yml what this Prometheus does not know. */
    known: (config: string) => string;
  },
): void {
  const { addresses: targets, blackbox, webhook, pace, known } = options;
  cpSync('prometheus', dir, { recursive: true });
  const rewrite = (path: string, change: (text: string) => string) =>
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  rewrite(join(dir, 'prometheus.yml'), (text) =>
    (pace === 'fast'
      ? known(text)
          .replaceAll(/scrape_interval: \w+/g, 'scrape_interval: 1s')
          // As often as in production: what Alertmanager waits for is measured by it.
          .replaceAll(/evaluation_interval: \w+/g, 'evaluation_interval: 250ms')
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

async function startTool(name: DebianTool, args: string[]): Promise<ChildProcess> {
  const { path, env, cwd } = await findDebianTool(name);
  const child = spawn(path, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(child, 'spawn');
  return child;
}

async function ready(child: ChildProcess, url: string): Promise<void> {
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`It ended before ${url} answered.`);
    return (await fetch(url)).ok;
  });
}

export async function killChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** @param wanted taken if it is free; any port otherwise */
export async function freePort(wanted = 0): Promise<number> {
  const probe = createServer();
  try {
    await once(probe.listen(wanted, '127.0.0.1'), 'listening');
  } catch (error) {
    if (wanted === 0) throw error;
    return freePort();
  }
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
