/** The handle of an identifier, as log lines and spans have it. For whoever may read SECRET_KEY. */
import { DEVELOPMENT_KEY, loadConfig, readEnvironment } from './config.ts';
import { ConfigError, EXIT_CONFIG } from './errors.ts';
import { createHandles, namedKinds } from './http/request/handles.ts';
import { sentenceOf } from './start-error.ts';

/** `sysexits.h` EX_USAGE */
const EXIT_USAGE = 64;

function main([name, id, ...rest]: string[]): number {
  const kind = namedKinds.find((known) => known === name);
  if (kind === undefined || id === undefined || rest.length > 0) {
    process.stderr.write(`Usage: npm run handle -- ${namedKinds.join(' | ')} <id>\n`);
    return EXIT_USAGE;
  }
  try {
    const { secretKey } = loadConfig(readEnvironment());
    process.stdout.write(`${createHandles(secretKey ?? DEVELOPMENT_KEY).of(kind, id)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    return error instanceof ConfigError ? EXIT_CONFIG : 1;
  }
}

process.exitCode = main(process.argv.slice(2));
