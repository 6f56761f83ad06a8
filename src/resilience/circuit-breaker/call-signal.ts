/** Nobody aborts it. It is only for work that does not ask for a signal. */
const noSignal = new AbortController().signal;

/** Of its own, for work that asks for one: to make it costs more than all the rest of a call. */
export function signalFor(work: { length: number }): AbortSignal {
  return work.length === 0 ? noSignal : new AbortController().signal;
}
