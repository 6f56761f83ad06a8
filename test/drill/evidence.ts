/** What an incident has shown, as data, and what was expected of it: judged without a clock or a network. */

/** One message to a receiver. Seconds count from the begin of the fault. */
export interface Told {
  atS: number;
  receiver: string;
  status: 'firing' | 'resolved';
  /** Of its group. */
  cause: string;
  /** `alertname: description` of each alert. */
  texts: string[];
}

/** A step from the notification to the cause. */
export interface Step {
  what: string;
  command?: string;
  /** What it gave; nothing: it is a dead end. */
  found: string | null;
}

export interface Evidence {
  incident: string;
  /** First firing in Prometheus of an alert that somebody is told of. */
  detectedS: number | null;
  /** When the fault ended. */
  endedS: number;
  told: Told[];
  steps: Step[];
  /** On the shortest way from the notification to the cause. */
  clicks: number | null;
  commands: number | null;
}

export interface Expectation {
  /** Who is told, once. */
  receiver: 'pager' | 'ticket';
  /** Why it is this one, and these times. */
  reason: string;
  /** Until the notification arrives. */
  withinS: number;
  /** Until "resolved" arrives, from the end of the fault. */
  resolvedWithinS: number;
  /** The cause, in a text of the notification. */
  says: RegExp;
  /** Labels `cause` of notifications that are about the incident. */
  causes: readonly string[];
}

export const MAX_CLICKS = 3;
export const MAX_COMMANDS = 2;

export interface Verdict {
  incident: string;
  detectedS: number | null;
  toldS: number | null;
  pages: number;
  tickets: number;
  resolvedAfterS: number | null;
  falseAlerts: number;
  deadEnds: number;
  /** Expectations that were not met, in words; empty when all were. */
  failures: string[];
}

const firing = (receiver: string) => (message: Told) =>
  message.receiver === receiver && message.status === 'firing';

/** The one that was expected: the first to its receiver with the cause in its text. */
export function expectedMessage(told: readonly Told[], expected: Expectation): Told | undefined {
  return told.find(
    (message) =>
      message.atS >= 0 &&
      firing(expected.receiver)(message) &&
      message.texts.some((text) => expected.says.test(text)),
  );
}

/** About something else, before the fault, or about what is over. */
function isFalse(message: Told, { endedS, told }: Evidence, expected: Expectation): boolean {
  if (message.status !== 'firing') return false;
  if (message.atS < 0 || !expected.causes.includes(message.cause)) return true;
  const over = told.find(
    ({ atS, status, receiver }) =>
      atS > endedS && status === 'resolved' && receiver === expected.receiver,
  );
  return over !== undefined && message.atS > over.atS;
}

export function judge(evidence: Evidence, expected: Expectation): Verdict {
  const { incident, detectedS, endedS, steps, clicks, commands } = evidence;
  const told = evidence.told.filter(({ receiver }) => ['pager', 'ticket'].includes(receiver));
  const wrong = told.filter((message) => isFalse(message, { ...evidence, told }, expected));
  const right = told.filter((message) => !wrong.includes(message));
  const pages = right.filter(firing('pager')).length;
  const tickets = right.filter(firing('ticket')).length;
  const message = expectedMessage(right, expected);
  const resolved = told.find(
    (one) =>
      one.status === 'resolved' &&
      one.receiver === message?.receiver &&
      one.cause === message.cause &&
      one.atS > message.atS,
  );
  const deadEnds = steps.filter(({ found }) => found === null);
  const resolvedAfterS = resolved === undefined ? null : resolved.atS - endedS;
  const failures = [
    ...timeFaults(message, resolvedAfterS, expected),
    ...countFaults({ pages, tickets }, expected),
    ...wrong.map(
      ({ atS, receiver, texts }) => `false: ${atS} s, ${receiver}: ${texts.join(' / ')}`,
    ),
    ...deadEnds.map(
      ({ what, command }) => `dead end: ${what}${command === undefined ? '' : ` (${command})`}`,
    ),
    ...wayFaults(clicks, commands),
  ];
  return {
    incident,
    detectedS,
    toldS: message?.atS ?? null,
    pages,
    tickets,
    resolvedAfterS,
    falseAlerts: wrong.length,
    deadEnds: deadEnds.length,
    failures,
  };
}

function timeFaults(
  message: Told | undefined,
  resolvedAfterS: number | null,
  { receiver, says, withinS, resolvedWithinS }: Expectation,
): string[] {
  if (message === undefined) return [`no ${receiver} was told the cause: ${says}`];
  const faults: string[] = [];
  if (message.atS > withinS) faults.push(`told after ${message.atS} s, later than ${withinS} s`);
  if (resolvedAfterS === null) faults.push('never resolved');
  else if (resolvedAfterS < 0) faults.push(`resolved ${-resolvedAfterS} s before its end`);
  else if (resolvedAfterS > resolvedWithinS) {
    faults.push(`resolved ${resolvedAfterS} s after its end, later than ${resolvedWithinS} s`);
  }
  return faults;
}

function countFaults(
  { pages, tickets }: { pages: number; tickets: number },
  { receiver }: Expectation,
): string[] {
  const expected = receiver === 'pager' ? [1, 0] : [0, 1];
  return pages === expected[0] && tickets === expected[1]
    ? []
    : [`${pages} pages and ${tickets} tickets instead of ${expected[0]} and ${expected[1]}`];
}

function wayFaults(clicks: number | null, commands: number | null): string[] {
  const short =
    (clicks !== null && clicks <= MAX_CLICKS) || (commands !== null && commands <= MAX_COMMANDS);
  if (short) return [];
  const taken = [clicks ?? 'no', commands ?? 'no'];
  return [`the cause is ${taken[0]} clicks and ${taken[1]} commands away`];
}
