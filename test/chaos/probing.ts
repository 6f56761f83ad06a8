import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';

/** A probe that takes longer, milliseconds, counts as failed: an orchestrator would give up on it. */
const LATE_MS = 1000;

/** On a new connection: all that were made before it have been accepted when it is answered. */
export async function probe(url: string): Promise<number> {
  const startedAt = performance.now();
  const asked = request(url, { agent: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode === 200 ? performance.now() - startedAt : Infinity;
}

export interface Probes {
  /** Not answered, or not with 200. */
  failed: number;
  /** Those included, and who took longer than `LATE_MS`. */
  late: number;
  figures: string;
}

/** Asks on a new connection each time, until `end`. */
export function probing(url: string, everyMs: number): { end: () => Promise<Probes> } {
  const all: Promise<number>[] = [];
  const timer = setInterval(() => all.push(probe(url).catch(() => Infinity)), everyMs);
  return {
    async end() {
      clearInterval(timer);
      const times = (await Promise.all(all)).sort((a, b) => a - b);
      const at = (share: number) =>
        Math.round(times[Math.floor((times.length - 1) * share)] ?? Number.NaN);
      return {
        failed: times.filter((ms) => ms === Infinity).length,
        late: times.filter((ms) => ms > LATE_MS).length,
        figures: `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms of ${times.length}`,
      };
    },
  };
}
