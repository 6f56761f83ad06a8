/**
 * Asks at a fixed rate, whatever comes back: `node test/chaos/open-loop.ts <url> <rate> <seconds> [body]`. Clients
 * that wait for an answer before they ask again would hide an overload, since they slow down with it.
 * With a body it is a POST; each `%d` in it is a number of its own in each request.
 * Prints one line of JSON. An answer that takes more than a second is of no use to anybody.
 */
import { Pool } from 'undici';

const [, , url = '', rateText = '100', secondsText = '5', template] = process.argv;
const rate = Number(rateText);
const totalMs = Number(secondsText) * 1000;
const TICK_MS = 5;
const USEFUL_MS = 1000;
/**
 * As a proxy has them; what finds none free waits for one, and that counts as well. It shares the processors with the
 * service, and so must cost little itself: node:http's client takes as long for an answer as the service for a refusal.
 */
const { origin, pathname, search } = new URL(url);
const pool = new Pool(origin, { connections: 256, pipelining: 1 });

export interface Figures {
  asked: number;
  /** A second, within `USEFUL_MS`. */
  goodput: number;
  acceptedP99: number;
  shed: number;
  shedP99: number;
  /** 503 without Retry-After, other statuses, and connections that failed. */
  strange: number;
  errors: number;
}

const asking = {
  path: `${pathname}${search}`,
  method: template === undefined ? 'GET' : 'POST',
  headers: template === undefined ? {} : { 'content-type': 'application/json' },
} as const;
/** No two runs send the same. */
const begun = Date.now();

const accepted: number[] = [];
const shed: number[] = [];
let strange = 0;
let errors = 0;
let asked = 0;

function ask(): Promise<void> {
  asked += 1;
  const startedAt = performance.now();
  const body = template?.replaceAll('%d', `${begun}_${asked}`) ?? null;
  let status = 0;
  let mayRetry = false;
  return new Promise((resolve) => {
    pool.dispatch(
      { ...asking, body },
      {
        onRequestStart() {},
        onResponseStart(_controller, code, headers) {
          status = code;
          mayRetry = headers['retry-after'] !== undefined;
        },
        onResponseData() {},
        onResponseEnd() {
          const ms = performance.now() - startedAt;
          if (status === 200 || status === 201) accepted.push(ms);
          else if (status === 503 && mayRetry) shed.push(ms);
          else strange += 1;
          resolve();
        },
        onResponseError() {
          errors += 1;
          resolve();
        },
      },
    );
  });
}

const all: Promise<void>[] = [];
const begunAt = performance.now();
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    const passed = performance.now() - begunAt;
    while (asked < Math.min(passed, totalMs) * (rate / 1000)) all.push(ask());
    if (passed < totalMs) return;
    clearInterval(timer);
    resolve();
  }, TICK_MS);
});
await Promise.all(all);
await pool.destroy();

const p99 = (of: number[]) =>
  Math.round(of.sort((a, b) => a - b)[Math.floor((of.length - 1) * 0.99)] ?? 0);
const figures: Figures = {
  asked,
  goodput: Math.round((accepted.filter((ms) => ms <= USEFUL_MS).length / totalMs) * 1000),
  acceptedP99: p99(accepted),
  shed: shed.length,
  shedP99: p99(shed),
  strange,
  errors,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
