/**
 * Which bodies are taken on: no more bytes than are worked through before their senders are told that it took
 * too long. Bytes stand for work, since it grows with them, and nothing else is known before a body is read.
 *
 * A body counts from its first line (by `Content-Length`; without it as it arrives) until the work on it is
 * over, however it ends. What does not fit is refused at once, with the time after which it will. A body that is
 * alone is taken on whatever its size: it would fit no better later.
 */
import { AppError } from '../../errors.ts';

export interface Admission {
  /**
   * @param bytes that the body is known to have
   * @throws {AppError} SERVICE_UNAVAILABLE when they do not fit; nothing is counted then
   */
  enter: (bytes: number) => Place;
}

/** What a body is counted with. */
export interface Place {
  /**
   * @param bytes of the body, all in all; less than were known before change nothing
   * @throws {AppError} SERVICE_UNAVAILABLE when they do not fit; what was counted stays until `leave`
   */
  hold: (bytes: number) => void;
  /** Gives its bytes back, once. */
  leave: () => void;
}

export interface AdmissionOptions {
  /** Bodies that are worked on at the same time. */
  workers: number;
  /** What each of them gets done. */
  bytesPerSecond: number;
  /** Milliseconds from a body's first line to the end of the work on it. */
  withinMs: number;
  /** A sentence for those who are refused. */
  detail: string;
  refused: () => void;
}

export function createAdmission(options: AdmissionOptions): Admission {
  const { workers, bytesPerSecond, detail } = options;
  const mostBytes = (bytesPerSecond * options.withinMs) / 1000;
  let counted = 0;

  /** @param others bytes that are worked on before */
  const check = (others: number, own: number) => {
    const excess = others / workers + own - mostBytes;
    if (others === 0 || excess <= 0) return;
    options.refused();
    const retryAfter = Math.max(1, Math.min(excess, others / workers) / bytesPerSecond);
    throw new AppError('SERVICE_UNAVAILABLE', detail, { retryAfter: Math.ceil(retryAfter) });
  };
  return {
    enter(bytes) {
      let own = 0;
      let hasLeft = false;
      const place: Place = {
        hold(all) {
          if (hasLeft || all <= own) return;
          check(counted - own, all);
          counted += all - own;
          own = all;
        },
        leave() {
          if (hasLeft) return;
          hasLeft = true;
          counted -= own;
        },
      };
      place.hold(bytes);
      return place;
    },
  };
}
