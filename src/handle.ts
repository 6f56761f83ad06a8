/** The handle of an identifier, as log lines and spans have it. For whoever may read SECRET_KEY. */
import { DEVELOPMENT_KEY, loadConfig, readEnvironment } from './config.ts';
import { createHandles, namedKinds } from './http/request/handles.ts';
import { runCommand } from './run-command.ts';

const usage = `Usage: npm run handle -- ${namedKinds.join(' | ')} <id>\n`;

function readArguments([name, id, ...rest]: string[]): (() => number) | null {
  const kind = namedKinds.find((known) => known === name);
  if (kind === undefined || id === undefined || rest.length > 0) return null;
  return () => {
    const { secretKey } = loadConfig(readEnvironment());
    process.stdout.write(`${createHandles(secretKey ?? DEVELOPMENT_KEY).of(kind, id)}\n`);
    return 0;
  };
}

process.exitCode = await runCommand(usage, readArguments(process.argv.slice(2)));
