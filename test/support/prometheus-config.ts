import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findDebianTool } from './debian-tools.ts';

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
