/**
 * An HTTPS POST to an address that a client chose, from inside a network that the client is not in.
 *
 * - https alone, with a certificate that the machine's (or the given) authorities vouch for.
 * - The host is resolved once; one address that is not public, and nothing is connected. The connection goes to
 *   what was checked: nobody resolves again, so another answer for the same name changes nothing.
 * - No redirect is followed, no proxy variable honoured, no connection kept, no trace context sent.
 * - All of it takes `TIMEOUT_MS` at most; of the answer `MOST_BYTES` are read and none is kept.
 */
import { isIP, type LookupFunction } from 'node:net';
import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { Agent, buildConnector, request, type Dispatcher } from 'undici';
import { codeOf, causesOf } from '../errors.ts';
import { isLoopbackAddress, isPublicAddress } from './public-address.ts';
import { createResolve, type Resolve } from './resolve-host.ts';
import { hostOf, readTarget, type TargetRules } from './target-url.ts';

const TIMEOUT_MS = 5000;
const MOST_BYTES = 65_536;

/** Why there was no answer: a word for logs and for the client, that tells nothing of our network. */
export type OutboundFailure =
  | 'url_refused'
  | 'address_refused'
  | 'dns_failed'
  | 'connection_failed'
  | 'tls_failed'
  | 'timeout';

export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly failure: OutboundFailure;

  constructor(failure: OutboundFailure, cause?: unknown) {
    super(`The request was not answered: ${failure}.`, cause === undefined ? {} : { cause });
    this.failure = failure;
  }
}

export interface OutboundAnswer {
  status: number;
  /** As sent; null: none. */
  retryAfter: string | null;
}

export interface OutboundRequest {
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
}

/** @throws {OutboundError} @throws the signal's reason */
export type Post = (url: string, request: OutboundRequest) => Promise<OutboundAnswer>;

export function createPost(deps: {
  rules: TargetRules;
  /** In place of the machine's name servers. */
  resolve?: Resolve;
  /** @returns cancels */
  after: (ms: number, run: () => void) => () => void;
  /** In place of the machine's authorities, PEM. */
  ca?: string;
  /** In place of undici's. */
  connector?: typeof buildConnector;
}): Post {
  const { rules, resolve = createResolve(), ca, connector = buildConnector } = deps;

  const addressesOf = async (url: URL, signal: AbortSignal): Promise<string[]> => {
    const host = hostOf(url);
    const addresses = isIP(host) === 0 ? await resolved(resolve(host, signal)) : [host];
    const isAllowed = (address: string) =>
      isPublicAddress(address) || (rules.allowLoopback && isLoopbackAddress(address));
    if (!addresses.every(isAllowed)) throw new OutboundError('address_refused');
    return addresses;
  };
  const send = async (url: URL, { headers, body }: OutboundRequest, signal: AbortSignal) => {
    const addresses = await addressesOf(url, signal);
    const agent = new Agent({
      connect: connector({
        lookup: always(addresses),
        timeout: TIMEOUT_MS,
        allowH2: false,
        // Said, because an environment variable may have said otherwise for the process.
        rejectUnauthorized: true,
        ...(ca === undefined ? {} : { ca }),
      }),
      pipelining: 0,
    });
    try {
      const answer = await request(url, {
        method: 'POST',
        headers,
        body,
        signal,
        dispatcher: agent,
      });
      await readSome(answer.body);
      return { status: answer.statusCode, retryAfter: textOf(answer.headers['retry-after']) };
    } finally {
      await agent.destroy();
    }
  };

  return async function post(target, wish) {
    const url = readTarget(target, rules);
    if (typeof url === 'string') throw new OutboundError('url_refused');
    wish.signal.throwIfAborted();
    const late = new AbortController();
    const cancel = deps.after(TIMEOUT_MS, () => late.abort(new OutboundError('timeout')));
    const signal = AbortSignal.any([wish.signal, late.signal]);
    try {
      // The instrumentation would tell a foreign server of our trace, and our traces of the whole URL.
      return await context.with(suppressTracing(context.active()), () => send(url, wish, signal));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw toOutboundError(error);
    } finally {
      cancel();
    }
  };
}

async function resolved(resolving: Promise<string[]>): Promise<string[]> {
  const addresses = await resolving.catch((error: unknown) => {
    throw new OutboundError('dns_failed', error);
  });
  if (addresses.length === 0) throw new OutboundError('dns_failed');
  return addresses;
}

/** In the place of the resolver: what was checked, whoever asks. */
function always(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, done) => {
    const [first] = all;
    if (options.all === true) done(null, all);
    else done(null, first?.address ?? '', first?.family);
  };
}

/** The status is all that counts; what the server says beside it is read so far that it has sent it. */
async function readSome(body: Dispatcher.ResponseData['body']): Promise<void> {
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Ends the connection with it.
    if (bytes > MOST_BYTES) break;
  }
}

function textOf(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}

const TLS =
  /^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/;

function toOutboundError(error: unknown): OutboundError {
  if (error instanceof OutboundError) return error;
  const codes = causesOf(error).map(codeOf);
  if (codes.some((code) => TLS.test(code))) return new OutboundError('tls_failed', error);
  const isLate = codes.some((code) => code === 'ETIMEDOUT' || /^UND_ERR_\w+_TIMEOUT$/.test(code));
  return new OutboundError(isLate ? 'timeout' : 'connection_failed', error);
}
