import { hash } from 'node:crypto';
import type { Evidence } from './result-schema.ts';

type Identified = Pick<Evidence, 'id' | 'rule' | 'file' | 'description' | 'snippet' | 'metadata'>;

/** The name that a sentence of the engine is about: `findFood` has cognitive complexity 21. */
export function quotedName(description: string): string | undefined {
  return /`([^`]+)`/.exec(description)?.[1];
}

/**
 * Names evidence so that the same fact in the next version of a submission has the same name: by criterion,
 * rule, file, the symbol it is about and its first line, without regard to white space. Line numbers, points and
 * what follows in the file may move. Facts that are alike in all of it are numbered in the order of the result.
 *
 * @returns the id that an item has; of results before engine 3.0, which have none, the one that it would have
 */
export function evidenceIds(): (criterion: string, evidence: Identified) => string {
  const seen = new Map<string, number>();
  return (criterion, { id, rule, file, description, snippet, metadata }) => {
    if (id !== undefined) return id;
    const symbol = metadata['function'] ?? quotedName(description) ?? null;
    const line = snippet?.split('\n').find((text) => text.trim() !== '') ?? '';
    const key = JSON.stringify([
      criterion,
      rule,
      file,
      symbol,
      line.trim().replaceAll(/\s+/g, ' '),
    ]);
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    return hash('sha256', `${key}#${nth}`, 'hex').slice(0, 32);
  };
}
