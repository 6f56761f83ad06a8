/** `npm run doctor`: is this deployment as the security checklist wants it? */
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { readEnvironment } from './config.ts';
import { examine } from './doctor/examine.ts';
import { exitCode, jsonReport, textReport } from './doctor/report.ts';
import { runCommand } from './run-command.ts';

const usage = `Usage: npm run doctor -- [--json] [--strict] [--url https://…]
  --json    for programs
  --strict  a warning is a failure, too
  --url     look at the certificate, TLS and headers of the public address
Exit code: 0 nothing failed, 1 something failed, 64 wrong usage.
`;

interface Options {
  json: boolean;
  strict: boolean;
  url?: string | undefined;
}

function readArguments(args: string[]): (() => Promise<number>) | null {
  try {
    const { values } = parseArgs({
      args,
      options: {
        json: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        url: { type: 'string' },
      },
    });
    const { url } = values;
    return url === undefined || (URL.canParse(url) && new URL(url).protocol === 'https:')
      ? () => look(values)
      : null;
  } catch {
    return null;
  }
}

async function look({ json, strict, url }: Options): Promise<number> {
  const { version, engines } = packageJson;
  const environment = readEnvironment();
  const items = await examine({
    environment,
    url,
    folder: process.cwd(),
    uid: process.getuid?.(),
    node: process.versions.node,
    neededNode: engines.node,
    now: () => new Date(),
  });
  const name = environment['APP_ENV'] || 'development';
  const report = json ? jsonReport(name, version, items) : textReport(name, items);
  const written = Promise.withResolvers<void>();
  process.stdout.write(report, () => written.resolve());
  await written.promise;
  return exitCode(items, strict);
}

// At once: a question that got no answer would hold the process for as long as its connection.
process.exit(await runCommand(usage, readArguments(process.argv.slice(2))));
