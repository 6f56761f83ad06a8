/**
 * The shell of an operator who reads a runbook, on a machine without Docker: the names are those that
 * README.md defines for compose, and `docker compose exec` and `docker compose logs` lead to the parts
 * that the suite has in place of the containers.
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findDebianTool, type DebianTool } from './debian-tools.ts';
import { readDefinitions } from './runbook-pages.ts';

export interface ComposeParts {
  /** What a text of a command inside of a container stands for here: addresses, files. */
  places: Record<string, string>;
  /** Of README.md, as published here. */
  addresses: { API: string; PROMETHEUS: string; ALERTMANAGER: string };
  /** The environment of the service. */
  env: Record<string, string>;
  /** Absolute: the file that holds the log of each container. */
  logs: Record<string, string>;
  /** Absolute: holds `prometheus/`, as `/etc` does there. */
  etc: string;
  /** Of PostgreSQL's container. */
  databaseUrl: string;
  redis?: { port: number; password: string };
}

export interface Answer {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface OperatorShell {
  run(command: string): Promise<Answer>;
}

/** @param dir absolute, of its own */
export async function createOperatorShell(
  dir: string,
  parts: ComposeParts,
): Promise<OperatorShell> {
  const bin = join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  const secrets = join(dir, 'secrets');
  mkdirSync(secrets);
  writeFileSync(join(secrets, 'redis_password'), `${parts.redis?.password ?? ''}\n`);
  const script = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/usr/bin/env bash\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const places = { ...parts.places, '/run/secrets': secrets };
  script('docker', dockerScript(places, parts));
  script('psql', `exec '${process.execPath}' '${process.cwd()}/test/support/psql.ts' "$@"`);
  script('wget', 'exec curl -fsS "${@: -1}"');
  for (const tool of ['jq', 'promtool', 'amtool', 'redis-cli'] as const) {
    const port = tool === 'redis-cli' ? ` -h 127.0.0.1 -p ${parts.redis?.port ?? 1}` : '';
    script(tool, `${await toolCommand(tool)}${port} "$@"`);
  }
  const names = Object.entries(parts.addresses).map(([name, url]) => `${name}='${url}'`);
  const prelude = `${readDefinitions().compose}\n${names.join(' ')}`;
  const env = {
    ...process.env,
    ...parts.env,
    PATH: `${bin}:${process.env['PATH']}`,
    DATABASE_URL: parts.databaseUrl,
  };
  return {
    run: (command) =>
      new Promise((resolve) => {
        execFile(
          'bash',
          ['-c', `${prelude}\n${command}`],
          { env, maxBuffer: 64 * 1024 * 1024 },
          (error, stdout, stderr) => {
            const code = error === null ? 0 : error.code;
            resolve({ code: typeof code === 'number' ? code : null, stdout, stderr });
          },
        ).stdin?.end();
      }),
  };
}

async function toolCommand(name: DebianTool): Promise<string> {
  const { path, env } = await findDebianTool(name);
  const settings = Object.entries(env).map(([key, value]) => `${key}='${value}'`);
  return [...settings, 'exec', `'${path}'`].join(' ');
}

/** Of the options of `exec` and `logs` those that README.md uses; anything else fails. */
function dockerScript(places: Record<string, string>, parts: ComposeParts): string {
  const found = Object.entries(places).map(
    ([there, here]) => `  argument=\${argument//'${there}'/'${here}'}`,
  );
  const logs = Object.entries(parts.logs).map(([name, file]) => `${name}) exec cat '${file}' ;;`);
  return `set -eu
[ "$1" = compose ]
if [ "$2" = logs ]; then
  case "\${@: -1}" in
    ${logs.join('\n    ')}
  esac
  echo "no such container: \${@: -1}" >&2; exit 1
fi
[ "$2" = exec ] && [ "$3" = -T ]
shift 3
if [ "$1" = -w ]; then
  [ "$2" = /etc ]; cd '${parts.etc}'; shift 2
fi
shift
arguments=()
for argument in "$@"; do
${found.join('\n')}
  arguments+=("$argument")
done
exec "\${arguments[@]}"`;
}
