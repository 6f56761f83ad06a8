/** How many bytes of request bodies this process holds at once: a client more must not be what ends it. */
import { AppError } from '../../errors.ts';

/** Of smaller bodies there is always room: with as many connections as there may be, they are an eighth of a gigabyte. */
const SMALL_BYTES = 65_536;
/** Larger ones take tens of milliseconds to parse, in one piece. */
const LARGE_BYTES = 1_000_000;
/** Of the event loop, between one large body and the next: Node accepts one connection a turn. */
const TURNS = 64;
/** Seconds; what is held is parsed and answered in less. */
const RETRY_AFTER = 1;

export interface BodyRoom {
  /**
   * @param announced `Content-Length`; 0 where it is not known. Nothing is reserved by it: a client that sends
   *   nothing of what it announced keeps nobody out
   * @throws {AppError} SERVICE_UNAVAILABLE when there is no room for it now, before anything is read
   */
  enter: (announced: number) => HeldBody;
  /** Resolves when a body of so many bytes may be parsed: others get their connection in between. */
  turn: (bytes: number) => Promise<void>;
  /** Bytes that are held, of bodies that are not small. */
  readonly held: number;
}

interface HeldBody {
  /**
   * @param bytes that have come, all in all
   * @throws {AppError} SERVICE_UNAVAILABLE when they do not fit
   */
  hold: (bytes: number) => void;
  /** Nothing of it is needed any more; once. */
  leave: () => void;
}

/** @param options.maxBytes that may be held; one body alone may be larger, since it would fit no better later */
export function createBodyRoom(options: {
  maxBytes: number;
  refused: () => void;
  later?: (run: () => void) => void;
}): BodyRoom {
  const { later = setImmediate } = options;
  let held = 0;
  let before = Promise.resolve();
  const check = (others: number, own: number) => {
    if (own <= SMALL_BYTES || others === 0 || others + own <= options.maxBytes) return;
    options.refused();
    throw new AppError('SERVICE_UNAVAILABLE', 'Too many large requests are being received.', {
      retryAfter: RETRY_AFTER,
    });
  };
  return {
    enter(announced) {
      check(held, announced);
      let own = 0;
      let isOver = false;
      return {
        hold(bytes) {
          if (isOver || bytes <= SMALL_BYTES) return;
          check(held - own, bytes);
          held += bytes - own;
          own = bytes;
        },
        leave() {
          if (isOver) return;
          isOver = true;
          held -= own;
        },
      };
    },
    turn(bytes) {
      if (bytes < LARGE_BYTES) return Promise.resolve();
      before = before.then(() => turns(TURNS, later));
      return before;
    },
    get held() {
      return held;
    },
  };
}

function turns(count: number, later: (run: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const next = () => {
      left -= 1;
      if (left < 0) resolve();
      else later(next);
    };
    next();
  });
}
