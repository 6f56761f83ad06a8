/**
 * Questions and answers between two processes, over the channel that Node.js has between parent and child.
 *
 * What is said in one turn of the event loop goes as one message, since a message costs more than what is in it.
 * Every question has a deadline, and so many wait at most; what is late is dropped.
 */
import { LateAnswer } from '../errors.ts';
import { createDeadlines, type Deadlines, type Wait } from '../time/deadlines.ts';

/** What of a process's channel is used. Messages are copied (`serialization: 'advanced'`). */
export interface Wire {
  /** Never throws: a process that is gone hears nothing. */
  send: (message: unknown) => void;
  listen: (listener: (message: unknown) => void) => void;
}

/** What is done about a question, by its name. A throw reaches who asked as an error with the same message. */
export type Handlers = Readonly<Record<string, (about: never) => unknown>>;

export interface Channel {
  /**
   * @param within in place of the channel's own
   * @throws {LateAnswer} when nothing was said in time, or the other process has ended
   */
  ask: <T>(name: string, about?: unknown, within?: Deadlines) => Promise<T>;
  /** The other process has ended. */
  close: () => void;
}

type Said =
  | { ask: string; id: number; about: unknown }
  | { answered: number; answer: unknown }
  | { answered: number; fault: string };

interface Question {
  within: Deadlines;
  wait: Wait;
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
}

/** Less than what Prometheus waits for a scrape. */
const WITHIN_MS = 5000;
/** Questions that wait for an answer. */
const MOST_WAITING = 10_000;

export function createChannel(
  wire: Wire,
  handlers: Handlers,
  withinMs: number = WITHIN_MS,
): Channel {
  const deadlines = createDeadlines(withinMs);
  const waiting = new Map<number, Question>();
  let outbox: Said[] = [];
  let lastId = 0;
  let isClosed = false;

  const say = (said: Said) => {
    outbox.push(said);
    if (outbox.length === 1) setImmediate(flush);
  };
  const flush = () => {
    const messages = outbox;
    outbox = [];
    if (!isClosed) wire.send(messages);
  };
  const take = (id: number): Question | undefined => {
    const question = waiting.get(id);
    waiting.delete(id);
    question?.within.end(question.wait);
    return question;
  };
  const giveUp = (id: number, why: string) => take(id)?.reject(new LateAnswer(why));

  const answer = async ({ ask, id, about }: Extract<Said, { ask: string }>) => {
    try {
      const handler = handlers[ask] as ((about: unknown) => unknown) | undefined;
      if (handler === undefined) throw new Error(`Nobody answers ${ask}.`);
      say({ answered: id, answer: await handler(about) });
    } catch (error) {
      say({ answered: id, fault: error instanceof Error ? error.message : String(error) });
    }
  };
  wire.listen((message) => {
    for (const said of message as Said[]) {
      if ('ask' in said) void answer(said);
      else if ('fault' in said) take(said.answered)?.reject(new Error(said.fault));
      else take(said.answered)?.resolve(said.answer);
    }
  });

  return {
    ask: <T>(name: string, about?: unknown, within: Deadlines = deadlines) =>
      new Promise<T>((resolve, reject) => {
        if (isClosed || waiting.size >= MOST_WAITING) {
          reject(
            new LateAnswer(`${name} is not asked: ${isClosed ? 'it has ended' : 'too many wait'}.`),
          );
          return;
        }
        lastId += 1;
        const id = lastId;
        const wait = within.begin(() => giveUp(id, `No answer to ${name} in time.`));
        waiting.set(id, { within, wait, resolve: resolve as Question['resolve'], reject });
        say({ ask: name, id, about });
      }),
    close() {
      isClosed = true;
      for (const id of waiting.keys()) giveUp(id, 'The other process has ended.');
    },
  };
}
