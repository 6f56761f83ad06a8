/** A real Prometheus with the committed configuration on one service, a minute of its rules passing as a second. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startLoggedTool } from './logged-tool.ts';
import { forThisPrometheus, speedUpRules } from './monitoring-config.ts';
import { freePort } from './free-port.ts';
import { yamlFiles } from './prometheus-rules.ts';

export interface WatchingPrometheus {
  url: string;
  /** Absolute: holds `prometheus/`, its configuration. */
  etc: string;
  /** The file of its log. */
  log: string;
  /** @returns the value of each series */
  query(expression: string): Promise<number[]>;
  /** Whom it scrapes for a job from now on. */
  setTargets(job: string, targets: string[]): void;
  /** Reads the configuration again. */
  reload(): void;
  stop(): Promise<void>;
}

/**
 * @param dir absolute, of its own
 * @param options.targets by job; other jobs have none
 * @param options.blackbox `host:port` of the exporter
 */
export async function startWatchingPrometheus(
  dir: string,
  options: { targets: Record<string, string[]>; blackbox: string },
): Promise<WatchingPrometheus> {
  const config = join(dir, 'prometheus');
  cpSync('prometheus', config, { recursive: true });
  const rewrite = (path: string, change: (text: string) => string) =>
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  const known = await forThisPrometheus();
  rewrite(join(config, 'prometheus.yml'), (text) =>
    known(text)
      .replaceAll(/scrape_(interval|timeout): \w+/g, 'scrape_$1: 1s')
      .replaceAll(/evaluation_interval: \w+/g, 'evaluation_interval: 1s')
      .replace('blackbox:9115', options.blackbox),
  );
  for (const file of yamlFiles(join(config, 'rules'))) {
    // A week is two seconds ago. On a busy machine scrapes fail, and two must be left in a range.
    // That of the mean time of an operation is compared with an earlier one: it is not to end too soon.
    rewrite(file, (text) =>
      speedUpRules(text)
        .replaceAll('offset 1w', 'offset 2s')
        .replaceAll('[5000ms]', file.endsWith('/database.yml') ? '[60000ms]' : '[15000ms]'),
    );
  }
  const setTargets = (job: string, targets: string[]) =>
    writeFileSync(
      join(config, 'targets', `${job}.yml`),
      stringify(targets.length === 0 ? [] : [{ targets }]),
    );
  const address = `127.0.0.1:${await freePort()}`;
  for (const file of yamlFiles(join(config, 'targets'))) rewrite(file, () => '[]\n');
  setTargets('prometheus', [address]);
  for (const [job, targets] of Object.entries(options.targets)) setTargets(job, targets);

  const url = `http://${address}`;
  const server = await startLoggedTool('prometheus', {
    args: [
      `--config.file=${config}/prometheus.yml`,
      `--storage.tsdb.path=${dir}/data`,
      `--web.listen-address=${address}`,
      '--rules.alert.resend-delay=1s',
    ],
    log: join(dir, 'prometheus.log'),
    readyUrl: `${url}/-/ready`,
  });
  return {
    url,
    etc: dir,
    log: server.log,
    async query(expression) {
      const body = new URLSearchParams({ query: expression });
      const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body });
      const { data, error } = (await response.json()) as {
        data?:
          | { resultType: 'scalar'; result: [number, string] }
          | { resultType: 'vector'; result: { value: [number, string] }[] };
        error?: string;
      };
      if (data === undefined) throw new Error(error);
      const samples =
        data.resultType === 'scalar' ? [data.result] : data.result.map(({ value }) => value);
      return samples.map(([, value]) => Number(value));
    },
    setTargets,
    reload: () => server.signal('SIGHUP'),
    stop: () => server.stop(),
  };
}
