/** What a client sees of the public address: certificate, versions of TLS, headers, and what HTTP does. */
import { get as httpGet, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { isIP } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import type { Found } from './configuration.ts';
import { fail, pass, warn, whyNot, type Finding } from './finding.ts';

const ANSWER_MS = 5000;
const DAY_MS = 86_400_000;
/** Certificates are renewed when a third of 90 days is left; half of that is late. */
const LATE_DAYS = 15;
const SOON_DAYS = 3;
/** Half a year, which browsers' lists and scorers ask for. */
const HSTS_SECONDS = 15_552_000;

export interface HttpsOptions {
  now: () => Date;
  /** Trusted in place of the machine's certificate authorities. */
  ca?: string | undefined;
}

/** @param url https:// */
export async function checkHttps(url: string, { now, ca }: HttpsOptions): Promise<Found[]> {
  const address = new URL(url);
  const findings = await Promise.all([
    checkCertificate(address, now(), ca),
    checkOldTls(address),
    checkHeaders(address),
    checkPlain(address),
  ]);
  return findings.flat().map((finding): Found => ['https', finding]);
}

const hostOf = ({ hostname }: URL) => hostname.replace(/^\[(.*)\]$/, '$1');

/** Of a handshake; the certificate is judged by who asks. */
function handshake<T>(
  address: URL,
  options: ConnectionOptions,
  read: (socket: ReturnType<typeof connect>) => T,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const host = hostOf(address);
  const socket = connect({
    host,
    port: Number(address.port || 443),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: false,
    timeout: ANSWER_MS,
    ...options,
  });
  socket.once('secureConnect', () => {
    resolve(read(socket));
    socket.destroy();
  });
  socket.once('timeout', () => socket.destroy(new Error('No answer in time.')));
  socket.once('error', reject);
  return promise;
}

async function checkCertificate(
  address: URL,
  now: Date,
  ca: string | undefined,
): Promise<Finding[]> {
  try {
    const seen = await handshake(address, ca === undefined ? {} : { ca }, (socket) => ({
      error: socket.authorized ? null : String(socket.authorizationError),
      protocol: socket.getProtocol(),
      until: Date.parse(socket.getPeerCertificate().valid_to),
    }));
    const days = Math.floor((seen.until - now.getTime()) / DAY_MS);
    return [
      seen.error === null
        ? pass(`The certificate is trusted, and ${seen.protocol} is spoken.`)
        : fail(
            `The certificate is not trusted (${seen.error}).`,
            'Serve the whole chain of a certificate for this name.',
          ),
      judgeDays(days),
    ];
  } catch (error) {
    return [
      fail(
        `No TLS is spoken there: ${whyNot(error)}.`,
        'Let what stands in front of the service speak TLS 1.2 or newer.',
      ),
    ];
  }
}

function judgeDays(days: number): Finding {
  const renew = 'Renew it, and find out why that did not happen by itself.';
  if (days < SOON_DAYS) return fail(`The certificate ends in ${days} days.`, renew);
  if (days < LATE_DAYS) return warn(`The certificate ends in ${days} days.`, renew);
  return pass(`The certificate is good for ${days} days.`);
}

/** A server that speaks TLS 1.1 would with whoever asks for it; our own library has to be told to. */
async function checkOldTls(address: URL): Promise<Finding> {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
  try {
    const protocol = await handshake(address, old, (socket) => socket.getProtocol());
    return fail(`${protocol} is spoken, too.`, 'Allow TLS 1.2 and 1.3 alone.');
  } catch {
    return pass('TLS older than 1.2 is refused.');
  }
}

const wanted: readonly [string, (value: string) => boolean][] = [
  [
    'strict-transport-security',
    (value) => Number(/max-age=(\d+)/.exec(value)?.[1] ?? 0) >= HSTS_SECONDS,
  ],
  ['content-security-policy', (value) => value.includes('default-src')],
  ['x-content-type-options', (value) => value === 'nosniff'],
  ['x-frame-options', (value) => /^(deny|sameorigin)$/i.test(value)],
  ['referrer-policy', (value) => value !== 'unsafe-url'],
];

async function checkHeaders(address: URL): Promise<Finding[]> {
  try {
    const { headers } = await answerOf((done) =>
      httpsGet(address, { rejectUnauthorized: false, timeout: ANSWER_MS }, done),
    );
    const missing = wanted.filter(([name, isGood]) => !isGood(String(headers[name] ?? '')));
    const names = missing.map(([name]) => name).join(', ');
    const told = [headers['server'], headers['x-powered-by']].some((value) =>
      /\d/.test(String(value ?? '')),
    );
    return [
      missing.length === 0
        ? pass('The security headers arrive at clients.')
        : fail(
            `Headers are missing or weak: ${names}.`,
            'Let what stands in front pass them on; APP_ENV=production sends them all.',
          ),
      ...(told
        ? [
            warn(
              'A header tells the version of a server.',
              'Remove Server and X-Powered-By in front.',
            ),
          ]
        : []),
    ];
  } catch (error) {
    return [
      fail(
        `It cannot be asked: ${whyNot(error)}.`,
        'Is what stands in front of the service running?',
      ),
    ];
  }
}

/** Only beside the usual port: another one says nothing of 80. */
async function checkPlain(address: URL): Promise<Finding[]> {
  if (address.port !== '') return [];
  try {
    const { status, headers } = await answerOf((done) =>
      httpGet(`http://${address.host}/`, { timeout: ANSWER_MS }, done),
    );
    const isRedirect =
      status >= 300 && status < 400 && headers.location?.startsWith('https:') === true;
    return isRedirect || status >= 400
      ? [pass('HTTP leads to HTTPS, or nowhere.')]
      : [warn(`HTTP answers ${status}.`, 'Let port 80 answer 301 to https:// alone.')];
  } catch {
    return [pass('Nobody answers HTTP.')];
  }
}

type Ask = (done: (response: IncomingMessage) => void) => ReturnType<typeof httpGet>;

function answerOf(ask: Ask): Promise<{ status: number; headers: IncomingHttpHeaders }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    headers: IncomingHttpHeaders;
  }>();
  const request = ask((response) => {
    response.resume();
    resolve({ status: response.statusCode ?? 0, headers: response.headers });
    request.destroy();
  });
  request.once('timeout', () => request.destroy(new Error('No answer in time.')));
  request.once('error', reject);
  return promise;
}
