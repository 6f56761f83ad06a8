import { request as overTls } from 'node:https';
import { request as overHttp } from 'node:http';
import type { Config } from '../config.ts';
import type { Found } from './configuration.ts';
import { fail, pass, warn, whyNot, type Finding } from './finding.ts';

const SUPERSET_MS = 5000;

/** Whether Superset answers; over HTTPS unless the variable has another scheme. */
export async function checkSuperset({ supersetHost: host }: Config): Promise<Found[]> {
  if (host === null) return [];
  return [['superset', await ask(/^https?:/.test(host) ? host : `https://${host}`)]];
}

async function ask(url: string): Promise<Finding> {
  try {
    const status = await statusOf(new URL('/health', url));
    if (status >= 500) return fail(`Superset answers ${status}.`, 'Look at its log.');
    return url.startsWith('https:')
      ? pass(`Superset answers ${status} over HTTPS.`)
      : warn('Superset answers over HTTP, where passwords can be read.', 'Put TLS in front of it.');
  } catch (error) {
    return fail(
      `SUPERSET_HOST cannot be asked: ${whyNot(error)}.`,
      'Correct it (with its scheme and port, if they are not https and 443), or remove it.',
    );
  }
}

function statusOf(url: URL): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = url.protocol === 'https:' ? overTls : overHttp;
  request(url, { signal: AbortSignal.timeout(SUPERSET_MS) }, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  })
    .on('error', reject)
    .end();
  return promise;
}
