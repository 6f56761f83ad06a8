import { ConfigError, EXIT_CONFIG, EXIT_USAGE } from './errors.ts';
import { sentenceOf } from './start-error.ts';

/**
 * What each command of operators does around its work: an error becomes a sentence on stderr, and an exit code.
 *
 * @param work null: it was called in another way than `usage` says
 * @param codeOf of errors that are no fault of the configuration
 * @returns the exit code
 */
export async function runCommand(
  usage: string,
  work: (() => number | Promise<number>) | null,
  codeOf: (error: unknown) => number = () => 1,
): Promise<number> {
  if (work === null) {
    process.stderr.write(usage);
    return EXIT_USAGE;
  }
  try {
    return await work();
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    return error instanceof ConfigError ? EXIT_CONFIG : codeOf(error);
  }
}
