/** Steady requests of many clients, each from an address of its own, and the flood of one. */
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 200;
const FLOOD_PAUSE_MS = 40;
const ANSWER_MS = 35_000;
/** With 60 requests a minute allowed to each none of them comes near its quota. */
const CLIENTS = 100;

export interface Traffic {
  /** Answers by status. */
  counts: Record<string, number>;
  stop(): Promise<void>;
}

const DISTINCT = 7;

function submission(n: number): RequestInit {
  const code = `def add_${n}(a, b):\n    """Adds."""\n    return a + b\n`;
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ candidate_id: `candidate-${n % DISTINCT}`, content: { code } }),
  };
}

/** Mostly reads of what changes, so that the cache does not hide the database. */
function nth(n: number): [string, RequestInit?] {
  const round = Math.floor(n / DISTINCT);
  const candidate = `candidate-${round % DISTINCT}`;
  const mix: [string, RequestInit?][] = [
    ['/api/v1/assessments', submission(round)],
    [`/api/v1/candidates?limit=${1 + (n % 50)}`],
    [`/api/v1/candidates/${candidate}`],
    [`/api/v1/assessments?candidate_id=${candidate}`],
    [`/api/v1/candidates/${candidate}/stats`],
    [`/api/v1/candidates/nobody-${n}`],
    [`/api/v1/candidates?limit=${1 + (n % 50)}`],
  ];
  return mix[n % mix.length] ?? ['/health'];
}

/** One request at a time; a pause after each, and none waits for another's answer. */
function drive(
  pauseMs: number,
  request: (n: number, signal: AbortSignal) => Promise<Response>,
): Traffic {
  const stopping = new AbortController();
  const counts: Record<string, number> = {};
  const running = new Set<Promise<void>>();
  const ask = async (n: number) => {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(ANSWER_MS)]);
    const status = await request(n, signal).then(
      async (response) => {
        await response.arrayBuffer();
        return String(response.status);
      },
      () => 'no answer',
    );
    if (!stopping.signal.aborted) counts[status] = (counts[status] ?? 0) + 1;
  };
  const loop = async () => {
    for (let n = 0; !stopping.signal.aborted; n++) {
      const one = ask(n).finally(() => running.delete(one));
      running.add(one);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
    await Promise.allSettled(running);
  };
  const done = loop();
  return {
    counts,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

const from = (address: string, init: RequestInit = {}): RequestInit => {
  const headers = new Headers(init.headers);
  headers.set('X-Forwarded-For', address);
  return { ...init, headers };
};

export function steadyTraffic(api: string): Traffic {
  return drive(PAUSE_MS, (n, signal) => {
    const [path, init] = nth(n);
    return fetch(api + path, { ...from(`198.51.100.${n % CLIENTS}`, init), signal });
  });
}

const FLOODER = '203.0.113.7';

export function flood(api: string): Traffic {
  return drive(FLOOD_PAUSE_MS, (n, signal) =>
    fetch(`${api}/api/v1/candidates?limit=${1 + (n % 50)}`, { ...from(FLOODER), signal }),
  );
}
