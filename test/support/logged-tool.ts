import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { findDebianTool, type DebianTool } from './debian-tools.ts';
import { killChild } from './started-process.ts';
import { until } from './until.ts';

export interface LoggedTool {
  /** The file of its log. */
  log: string;
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/**
 * A server that logs into a file, as a container does.
 *
 * @param options.readyUrl answers 200 as soon as it can be used
 * @throws {Error} with its log, when it ends instead
 */
export async function startLoggedTool(
  name: DebianTool,
  options: { args: string[]; log: string; readyUrl: string },
): Promise<LoggedTool> {
  const { path, env, cwd } = await findDebianTool(name);
  const out = openSync(options.log, 'a');
  const child = spawn(path, options.args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: ['ignore', out, out],
  });
  closeSync(out);
  await until(async () => {
    if (child.exitCode !== null) throw new Error(readFileSync(options.log, 'utf8'));
    return (await fetch(options.readyUrl)).ok;
  });
  return {
    log: options.log,
    signal: (signal) => void child.kill(signal),
    stop: () => killChild(child),
  };
}
