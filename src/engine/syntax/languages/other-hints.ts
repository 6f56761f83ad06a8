import type { Hint } from './hint.ts';
import { dataHints } from './hints-data.ts';
import { functionalHints } from './hints-functional.ts';
import { objectHints } from './hints-jvm-and-apple.ts';
import { scriptingHints } from './hints-scripting.ts';
import { systemsHints } from './hints-systems.ts';

/**
 * Spellings of languages that are not judged, so that their code is called by its name instead of
 * by that of the judged language it happens to resemble.
 */
export const otherHints: Readonly<Record<string, readonly Hint[]>> = {
  ...objectHints,
  ...functionalHints,
  ...scriptingHints,
  ...systemsHints,
  ...dataHints,
};
