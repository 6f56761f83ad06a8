import { EXIT_CONFIG, EXIT_USAGE } from '../errors.ts';

/** As the help tells them; those above 63 are of `sysexits.h`. */
export const exitCodes = {
  ok: 0,
  /** Something went wrong that no other code says. */
  failed: 1,
  /** It was assessed, and a score is below --fail-under. */
  belowThreshold: 2,
  usage: EXIT_USAGE,
  /** What was handed in cannot be assessed. */
  data: 65,
  /** The server cannot be reached, or has no room. */
  unavailable: 69,
  /** Too many requests. */
  tempfail: 75,
  noPermission: 77,
  config: EXIT_CONFIG,
} as const;

/** A sentence for whoever typed the command, and the code that it ends with. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;
  constructor(message: string, exitCode: number = exitCodes.failed, options: ErrorOptions = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
