import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findDebianTool, type DebianTool } from './debian-tools.ts';

const run = promisify(execFile);

/** @throws with what the tool printed, when it fails */
export async function checkWithTool(name: DebianTool, ...args: string[]): Promise<string> {
  const { path, env } = await findDebianTool(name);
  try {
    const { stdout, stderr } = await run(path, args, { env: { ...process.env, ...env } });
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${name} ${args.join(' ')}\n${stdout}${stderr}`, { cause: error });
  }
}
