/** One incident on its own stack: calm, fault, notification, the way to the cause, the end, calm again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '#test/support/alertmanager-webhook.ts';
import { expectedMessage, type Evidence, type Told } from './evidence.ts';
import { follow, type Way } from './follow.ts';
import type { Incident } from './incidents.ts';
import { startDrillStack } from './stack.ts';
import type { TraceBackEnd } from './traces.ts';

/** Seconds, but for what their names say. */
export interface Times {
  scrapeS: number;
  /** Of traffic, before anything is measured. */
  warmUpS: number;
  /** Before the fault, so that there is something to compare with. */
  calmS: number;
  /** After the notification, while the fault goes on: what else is told? */
  moreS: number;
  /** A notification that is later than this is none. */
  patienceS: number;
  /** For "resolved". */
  endingS: number;
  /** After that: as long as what the incident explains is held back (6 minutes), and a minute more. */
  afterS: number;
}

const nobody: Way = { steps: [], clicks: null, commands: null };

export async function play(
  incident: Incident,
  options: {
    traces: TraceBackEnd;
    times: Times;
    say: (line: string) => void;
    signal: AbortSignal;
  },
): Promise<Evidence> {
  const { traces, times, signal } = options;
  const say = (line: string) => options.say(`${incident.name}: ${line}`);
  await using cleanup = new AsyncDisposableStack();
  const pace = { scrape: `${times.scrapeS}s` };
  const stack = await startDrillStack({ traces, pace, warmUpS: times.warmUpS, signal });
  cleanup.defer(() => stack.close());
  const { traffic } = stack;
  const wait = (seconds: number) => sleep(seconds * 1000, undefined, { signal });
  const waitFor = async (what: () => boolean, seconds: number) => {
    for (const end = Date.now() + seconds * 1000; !what() && Date.now() < end;) await wait(1);
  };

  say(`all is well for ${times.calmS} s`);
  await wait(times.calmS);
  say(`answers: ${JSON.stringify(traffic.counts)}; the fault begins`);
  const began = Date.now();
  const seconds = (at: number) => Math.round((at - began) / 1000);
  const told = () => stack.webhook.messages.map((message) => toldAt(message, seconds(message.at)));
  const mend = await incident.begin(stack);
  let mended = false;
  cleanup.defer(async () => {
    if (!mended) await mend().catch(() => {});
  });

  const expected = () => expectedMessage(told(), incident.expects);
  await waitFor(() => expected() !== undefined, times.patienceS);
  say(`told: ${JSON.stringify(expected() ?? 'nothing')}`);
  await wait(Math.max(times.moreS, incident.lastsS - seconds(Date.now())));
  const annotations = annotationsOf(stack.webhook.messages, incident, told());
  const way =
    annotations === undefined
      ? nobody
      : await follow({ ...incident, ...stack, ...times, annotations, since: began / 1000 });
  for (const { what, command = '', found } of way.steps) {
    say(`${found === null ? 'DEAD END' : 'found'}: ${what} ${command} → ${found ?? 'nothing'}`);
  }

  say(`answers: ${JSON.stringify(traffic.counts)}; the fault ends`);
  await mend();
  mended = true;
  const endedS = seconds(Date.now());
  await waitFor(
    () => told().some(({ atS, status, receiver }) => isEnd(atS, status, receiver, endedS)),
    annotations === undefined ? 0 : times.endingS,
  );
  say(
    `${seconds(Date.now()) - endedS} s later: resolved, or not; is anything told of what is over?`,
  );
  await wait(times.afterS);
  const detected = await firstFiring(stack.prometheus, began / 1000);
  say(`answers: ${JSON.stringify(traffic.counts)}`);
  return {
    incident: incident.name,
    detectedS: detected === null ? null : Math.round(detected - began / 1000),
    endedS,
    told: told(),
    ...way,
  };
}

const isEnd = (atS: number, status: string, receiver: string, endedS: number) =>
  atS >= endedS && status === 'resolved' && receiver !== 'dead-man';

function toldAt({ receiver, status, groupLabels, alerts }: Message, atS: number): Told {
  return {
    atS,
    receiver,
    status,
    cause: groupLabels['cause'] ?? '',
    texts: alerts.map(
      ({ labels, annotations }) => `${labels['alertname']}: ${annotations['description']}`,
    ),
  };
}

/** Of the alert in the notification that says the cause. */
function annotationsOf(
  messages: readonly Message[],
  { expects }: Incident,
  told: readonly Told[],
): Record<string, string> | undefined {
  const expected = expectedMessage(told, expects);
  if (expected === undefined) return undefined;
  return messages[told.indexOf(expected)]?.alerts.find(({ annotations }) =>
    expects.says.test(annotations['description'] ?? ''),
  )?.annotations;
}

/** Unix seconds. */
async function firstFiring(
  prometheus: { instant(query: string): Promise<{ values: [number, number][] }[]> },
  since: number,
): Promise<number | null> {
  const range = Math.ceil(Date.now() / 1000 - since);
  const series = await prometheus.instant(
    `ALERTS{alertstate="firing",severity=~"critical|warning"}[${range}s]`,
  );
  const times = series.flatMap(({ values }) => values.map(([time]) => time));
  return times.length === 0 ? null : Math.min(...times);
}
