import type { Sketch } from '../contract.ts';
import type { FileFacts } from '../facts.ts';

/** Fingerprints of a sketch at most: two of that size are compared to about three points of a hundred. */
const most = 512;

/**
 * What a submission is recognised by: the fingerprints of its own code, without what the candidate was given. Of
 * many those below a limit, which is halved until few enough are left: so any two sketches have all that both
 * have below the lower of their limits. Names, literals, layout, comments and the order of functions do not matter.
 */
export function sketchOf(files: readonly FileFacts[], templates: readonly FileFacts[]): Sketch {
  const given = new Set(templates.flatMap(hashesOf));
  const own = new Set(files.filter(isOwnCode).flatMap(hashesOf));
  let hashes = [...own].filter((hash) => !given.has(hash)).sort((a, b) => a - b);
  let level = 0;
  while (hashes.length > most) {
    level += 1;
    const limit = 2 ** (32 - level);
    hashes = hashes.filter((hash) => hash < limit);
  }
  return { level, hashes };
}

export function isOwnCode({ role }: FileFacts): boolean {
  return role === 'source' || role === 'test';
}

function hashesOf({ fingerprints }: FileFacts): number[] {
  return fingerprints.map(({ hash }) => hash);
}
