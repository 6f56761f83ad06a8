/** Real Prometheus and Alertmanager on the committed configuration, with minutes passing as seconds. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findDebianTool, type DebianTool } from './debian-tools.ts';
import { configure, forThisPrometheus, type Pace } from './monitoring-config.ts';
import { until } from './until.ts';
import { freePort } from './free-port.ts';
import { killChild } from './started-process.ts';

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
 * @param options.evaluation of rules, where a minute passes as a second; by default as often as in production, since
 *   what Alertmanager waits for is measured by it
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
  evaluation?: string;
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
  const { webhook, pace = 'fast', evaluation = '250ms' } = options;
  const known = await forThisPrometheus();
  configure(config, { addresses, blackbox, webhook, pace, evaluation, known });

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
