/**
 * Where requests wait for the event loop before their route works for them: a few begin in each turn.
 *
 * Node accepts one new connection a turn, so that the work of one turn is what a new connection waits for, a
 * probe's as well, once for each that came before it. And that a client has hung up is known only in the
 * turn after its request was read: until then it would cost its queries, and their cancelling.
 *
 * What is answered from memory waits as well: answers that leave one after the other wake their clients once, which
 * halves what they cost.
 */
import type { RequestContext } from './context.ts';

/** A request takes up to a millisecond until it waits for the database: a turn stays below ten. */
const PER_TURN = 8;

/** Waits for the request's turn. @returns false when its client hung up meanwhile: nobody is to be answered */
export type Turn = (ctx: RequestContext) => Promise<boolean>;

interface Waiting {
  ctx: RequestContext;
  begin: (isWanted: boolean) => void;
}

/** @param later runs once what came in meanwhile has been read */
export function createTurn(later: (run: () => void) => void = setImmediate): Turn {
  /** Of this turn of the event loop. */
  let arrived: Waiting[] = [];
  let waiting: Waiting[] = [];

  const next = () => {
    waiting = beginSome(waiting);
    waiting.push(...arrived);
    arrived = [];
    if (waiting.length > 0) later(next);
  };
  return (ctx) => {
    if (arrived.length === 0 && waiting.length === 0) later(next);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    arrived.push({ ctx, begin: resolve });
    return promise;
  };
}

/** @returns those whose turn has not come */
function beginSome(waiting: readonly Waiting[]): Waiting[] {
  let begun = 0;
  let looked = 0;
  for (const { ctx, begin } of waiting) {
    if (begun === PER_TURN) break;
    looked += 1;
    const isWanted = !isGone(ctx);
    begin(isWanted);
    if (isWanted) begun += 1;
  }
  return waiting.slice(looked);
}

/** Node ends the connection of a client that has ended its side: no answer would reach it. */
function isGone({ req, state }: RequestContext): boolean {
  return state.ended !== null || req.socket.destroyed || req.socket.readableEnded;
}
