/** `npm run doctor`: is this deployment as the security checklist wants it? */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readEnvironment } from './config.ts';
import { examine } from './doctor/examine.ts';
import { exitCode, jsonReport, textReport } from './doctor/report.ts';
import { sentenceOf } from './start-error.ts';

const usage = `Usage: npm run doctor -- [--json] [--strict] [--url https://…]
  --json    for programs
  --strict  a warning is a failure, too
  --url     look at the certificate, TLS and headers of the public address
Exit code: 0 nothing failed, 1 something failed, 64 wrong usage.
`;
/** `sysexits.h` EX_USAGE */
const EXIT_USAGE = 64;

function readArguments(args: string[]) {
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
      ? values
      : null;
  } catch {
    return null;
  }
}

async function main(args: string[]): Promise<number> {
  const options = readArguments(args);
  if (options === null) {
    process.stderr.write(usage);
    return EXIT_USAGE;
  }
  const { version, engines } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as { version: string; engines: { node: string } };
  const environment = readEnvironment();
  const items = await examine({
    environment,
    url: options.url,
    folder: process.cwd(),
    uid: process.getuid?.(),
    node: process.versions.node,
    neededNode: engines.node,
    now: () => new Date(),
  });
  const name = environment['APP_ENV'] || 'development';
  const report = options.json ? jsonReport(name, version, items) : textReport(name, items);
  const written = Promise.withResolvers<void>();
  process.stdout.write(report, () => written.resolve());
  await written.promise;
  return exitCode(items, options.strict);
}

try {
  // At once: a question that got no answer would hold the process for as long as its connection.
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exitCode = 1;
}
