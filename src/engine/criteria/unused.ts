import type { Submission } from '../submission/submission.ts';
import type { Unused } from '../submission/used-code.ts';
import type { Observation } from './criterion.ts';
import { inFunction } from './places.ts';

/** Unused functions that one criterion tells of; the rest is summed up in the last of them. */
const told = 5;

/**
 * Neutral evidence on what earns nothing because nothing uses it: without it, a reader would look for the points.
 *
 * @param what follows the function's name: "has 2 checks"; null leaves the function out
 */
export function unusedNotes(
  { unused }: Submission,
  what: (item: Unused) => string | null,
): Observation[] {
  const found = unused.flatMap((item) => {
    const text = what(item);
    return text === null ? [] : [{ ...item, text }];
  });
  return found.slice(0, told).map(({ file, fn, reason, text }, index): Observation => {
    const more = index === told - 1 ? found.length - told : 0;
    const others = more > 0 ? ` The same goes for ${more} more.` : '';
    return {
      ...inFunction({ file, fn }),
      rule: 'unused_code',
      type: 'note',
      message: `\`${fn.name}\` ${text}, which counts for nothing: ${reason}.${others}`,
      amount: 0,
    };
  });
}
