import { redactText } from '#telemetry/redaction.ts';
import { ConfigError } from './errors.ts';

/**
 * Why a command did not start, for whoever started it. A configuration that is refused quotes no value of
 * it, and its examples look like secrets.
 */
export function sentenceOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  return redactText(error instanceof Error ? error.message : String(error));
}
