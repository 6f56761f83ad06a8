/**
 * Which bodies are taken on: no more bytes than are worked through before their senders are told that it took
 * too long. Bytes stand for work, since it grows with them, and nothing else is known before a body is read.
 *
 * A body counts from its first line (by `Content-Length`; without it as it arrives) until the work on it is
 * over, however it ends. What does not fit is refused at once, with the time after which it will. A body that is
 * alone is taken on whatever its size: it would fit no better later.
 *
 * How fast the work goes is told by large bodies: on a busy machine less is taken on, until it goes as fast as ever.
 */
import { AppError } from '../../errors.ts';

export interface Admission {
  /**
   * @param bytes that the body is known to have
   * @throws {AppError} SERVICE_UNAVAILABLE when they do not fit; nothing is counted then
   */
  enter: (bytes: number) => Place;
  /** Is told of each that is refused; also by whoever refuses one earlier, for it would not be worked for in time. */
  refused: () => void;
}

/** Of several kinds of work that share the room, each told of its own refusals. */
export interface SharedAdmission extends Admission {
  of: (refused: () => void) => Admission;
}

/** What a body is counted with. */
export interface Place {
  /**
   * @param bytes of the body, all in all; less than were known before change nothing
   * @throws {AppError} SERVICE_UNAVAILABLE when they do not fit; what was counted stays until `leave`
   */
  hold: (bytes: number) => void;
  /** All of it is here; the work begins. */
  begin: () => void;
  /** Gives its bytes back, once. @param isDone the work came to its end */
  leave: (isDone: boolean) => void;
}

/** Of smaller bodies everything else takes longer than the work that grows with them. */
const TELLING_BYTES = 1_000_000;

export interface AdmissionOptions {
  /** Bodies that are worked on at the same time. */
  workers: number;
  /** What each of them gets done at best. */
  bytesPerSecond: number;
  /** Milliseconds from a body's first line to the end of the work on it. */
  withinMs: number;
  /** Milliseconds from any point in time; never goes back. */
  now: () => number;
  /** A sentence for those who are refused. */
  detail: string;
  refused: () => void;
}

export function createAdmission(options: AdmissionOptions): SharedAdmission {
  const { workers, bytesPerSecond, detail, now } = options;
  let counted = 0;
  /** Of those, what is worked on or waits for it. */
  let begunBytes = 0;
  let rate = bytesPerSecond;

  /** @param others bytes that are worked on before */
  const check = (others: number, own: number, refused: () => void) => {
    const excess = others / workers + own - (rate * options.withinMs) / 1000;
    if (others === 0 || excess <= 0) return;
    refused();
    const retryAfter = Math.max(1, Math.min(excess, others / workers) / rate);
    throw new AppError('SERVICE_UNAVAILABLE', detail, { retryAfter: Math.ceil(retryAfter) });
  };
  /** Half of it is what was seen last. */
  const learn = (seen: number) => {
    rate = Math.min(bytesPerSecond, (rate + seen) / 2);
  };
  const admit = (refused: () => void): Admission => ({
    refused,
    enter(bytes) {
      let own = 0;
      let hasLeft = false;
      let begun: { before: number; at: number } | null = null;
      const place: Place = {
        hold(all) {
          if (hasLeft || begun !== null || all <= own) return;
          check(counted - own, all, refused);
          counted += all - own;
          own = all;
        },
        begin() {
          begun = { before: begunBytes, at: now() };
          begunBytes += own;
        },
        leave(isDone) {
          if (hasLeft) return;
          hasLeft = true;
          counted -= own;
          if (begun === null) return;
          begunBytes -= own;
          if (own < TELLING_BYTES) return;
          const seen = (begun.before / workers + own) / ((now() - begun.at) / 1000);
          // What was given up tells at most that it would have taken longer.
          if (isDone || seen < rate) learn(seen);
        },
      };
      place.hold(bytes);
      return place;
    },
  });
  return { ...admit(options.refused), of: admit };
}

/** Works with the body's bytes counted, when all of it is here. @throws {AppError} as `enter`, and what the work throws */
export async function whileCounted<T>(
  admission: Admission,
  bytes: number,
  work: () => Promise<T>,
): Promise<T> {
  const place = admission.enter(bytes);
  let isDone = false;
  try {
    place.begin();
    const answer = await work();
    isDone = true;
    return answer;
  } finally {
    place.leave(isDone);
  }
}
