/**
 * Asks at a fixed rate, whatever comes back: `node test/chaos/open-loop.ts <url> <rate> <seconds> [body]`. Clients
 * that wait for an answer before they ask again would hide an overload, since they slow down with it.
 * With a body it is a POST; each `%d` in it is a number of its own in each request.
 * Prints one line of JSON. An answer that takes more than a second is of no use to anybody.
 */
import { Agent, request } from 'node:http';

const [, , url = '', rateText = '100', secondsText = '5', template] = process.argv;
const rate = Number(rateText);
const totalMs = Number(secondsText) * 1000;
const TICK_MS = 5;
const USEFUL_MS = 1000;
/** As a proxy has them; what finds none free waits for one, and that counts as well. */
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

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

const post =
  template === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' } };
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
  return new Promise((resolve) => {
    const outgoing = request(url, { agent, ...post }, (response) => {
      response.resume().once('end', () => {
        const ms = performance.now() - startedAt;
        if (response.statusCode === 200 || response.statusCode === 201) accepted.push(ms);
        else if (response.statusCode === 503 && response.headers['retry-after'] !== undefined)
          shed.push(ms);
        else strange += 1;
        resolve();
      });
      response.once('error', () => resolve());
    });
    outgoing.on('error', () => {
      errors += 1;
      resolve();
    });
    outgoing.end(template?.replaceAll('%d', `${begun}_${asked}`));
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
agent.destroy();

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
