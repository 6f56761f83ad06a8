/**
 * Erases once more whom a restored backup brought back: every person whose handle is in a tombstone and who
 * was there before that erasure. A person that came back after it is left alone. Doing it twice does no harm.
 */
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { AppError } from '../../errors.ts';
import type { Handles } from '../../http/request/handles.ts';
import type { Erasures } from '../../resilience/cache/erasures.ts';
import type { PersonalData } from '../../storage/personal-data.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import { candidateTag, copiesOf } from './candidate-cache.ts';
import {
  candidatesBefore,
  eraseAll,
  lockCandidate,
  noSuchCandidate,
  type CandidateAge,
} from './candidate-store.ts';
import type { Tombstone } from './tombstone.ts';
import { insertTombstones, newestErasures } from './tombstone-store.ts';

const PAGE = 500;

export interface Replayed {
  /** Of the file. */
  read: number;
  /** Of these, the database did not have. */
  new: number;
  /** Persons whose handles were compared. */
  compared: number;
  /** How many of each kind; `candidates` are the persons. */
  erased: Record<string, number>;
}

/** @param tombstones of a file, in batches; those of the database count as well */
export async function replayTombstones(
  tombstones: AsyncIterable<readonly Tombstone[]>,
  deps: {
    em: () => SqlEntityManager;
    personalData: readonly PersonalData[];
    /** Of the key in force, and of the one before: it is not known under which an erasure was recorded. */
    handles: readonly Handles[];
    erasures: Pick<Erasures, 'erase'>;
    now: () => Date;
  },
): Promise<Replayed> {
  const replayed: Replayed = { read: 0, new: 0, compared: 0, erased: { candidates: 0 } };
  for (const { kind } of deps.personalData) replayed.erased[kind] = 0;
  for await (const batch of tombstones) {
    replayed.read += batch.length;
    replayed.new += await inTransaction(deps.em(), (tx) => insertTombstones(tx, batch));
  }

  /** When each of these persons was erased last, by id. */
  const erasuresOf = async (persons: readonly CandidateAge[]) => {
    const idOf = new Map(
      persons.flatMap(({ id }) => deps.handles.map((h) => [h.of('candidate', id), id] as const)),
    );
    const found = new Map<string, Date>();
    for (const [handle, at] of await newestErasures(deps.em(), [...idOf.keys()])) {
      const id = idOf.get(handle) ?? '';
      const known = found.get(id);
      if (known === undefined || known < at) found.set(id, at);
    }
    return found;
  };
  const eraseOne = async (id: string, erasedAt: Date) => {
    let erased: Record<string, number> = {};
    const work = deps.erasures.erase(deps.em(), candidateTag(id), async (tx) => {
      if ((await lockCandidate(tx, id)) > erasedAt) throw noSuchCandidate();
      const copies = await copiesOf(tx, id, deps.personalData);
      erased = await eraseAll(tx, id, deps.personalData);
      return copies;
    });
    // Gone, or gone and back, meanwhile.
    await work.catch((error: unknown) => {
      if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error;
    });
    for (const [kind, count] of Object.entries(erased)) {
      replayed.erased[kind] = (replayed.erased[kind] ?? 0) + count;
    }
  };

  const end = deps.now();
  for (let last: CandidateAge | undefined; ;) {
    const page = await candidatesBefore(deps.em(), end, last, PAGE);
    replayed.compared += page.length;
    const erasures = await erasuresOf(page);
    for (const { id, createdAt } of page) {
      const erasedAt = erasures.get(id);
      if (erasedAt !== undefined && createdAt <= erasedAt) await eraseOne(id, erasedAt);
    }
    last = page.at(-1);
    if (page.length < PAGE) return replayed;
  }
}
