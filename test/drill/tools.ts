/** Which of the real tools this run uses: those on PATH, else Debian's. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { isExecutable } from '#test/support/debian-packages.ts';
import { findDebianTool, type DebianTool } from '#test/support/debian-tools.ts';

const run = promisify(execFile);

export function onPath(command: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((dir) => join(dir, command))
    .find((file) => isExecutable(file));
}

async function firstLine(path: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout, stderr } = await run(path, args, { env: { ...process.env, ...env } });
  return `${stdout}${stderr}`.trim().split('\n')[0] ?? '';
}

async function debianTool(name: DebianTool): Promise<string> {
  const { path, env } = await findDebianTool(name);
  const line = await firstLine(path, ['--version'], env);
  // Built by `go build`, without what a release is told of itself.
  return `${path}: ${/version +\(/.test(line) ? `${name} ${moduleVersion(path)}` : line}`;
}

/** What the Go linker wrote into a command of the module that it was built from. */
function moduleVersion(path: string): string {
  return /\nmod\t\S+\t(\S+)/.exec(readFileSync(path, 'latin1'))?.[1] ?? 'of unknown version';
}

/** @returns a line for each: its path and what it says of itself */
export async function toolsUsed(jaeger: string | undefined): Promise<string[]> {
  const tools = await Promise.all(
    (['prometheus', 'alertmanager', 'blackbox', 'redis-server'] as const).map(debianTool),
  );
  const traces =
    jaeger === undefined
      ? "traces: the tests' OTLP receiver (no jaeger on PATH)"
      : `${jaeger}: ${(await run(jaeger, ['version'])).stdout.trim().replaceAll(/\s+/g, ' ')}`;
  return [...tools, traces];
}
