import type { IncomingMessage } from 'node:http';

/** A name or an address with an optional port; internationalised names arrive in Punycode. */
const HOST = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]{2,45}\])(?::(\d{1,5}))?$/;

/**
 * What Node's parser lets through although RFC 9112 (3.2, 6.1) calls for a refusal, or what would make Koa
 * throw before any middleware runs.
 *
 * @returns a sentence for the client, or null for a sound request
 */
export function requestFault(request: IncomingMessage): string | null {
  return targetFault(request.url ?? '') ?? hostFault(request) ?? codingFault(request);
}

/** Other codings would be read as if they were none: what was compressed for the way is not what was sent. */
function codingFault({ headers }: IncomingMessage): string | null {
  const coding = headers['transfer-encoding'];
  return coding === undefined || coding.toLowerCase() === 'chunked'
    ? null
    : 'The only transfer coding that is understood is chunked.';
}

function targetFault(target: string): string | null {
  if (target.startsWith('/') || target === '*') return null;
  return /^https?:\/\//i.test(target) && URL.canParse(target)
    ? null
    : 'The request target is not a path or an http(s) URL.';
}

function hostFault({ rawHeaders, headers, httpVersionMajor, httpVersionMinor }: IncomingMessage) {
  const count = countHosts(rawHeaders);
  if (count === 0 && httpVersionMajor === 1 && httpVersionMinor === 0) return null;
  if (count !== 1) return 'The request must have one Host header.';
  const match = HOST.exec(headers.host ?? '');
  return match !== null && Number(match[2] ?? 0) <= 65_535 ? null : 'The Host header is malformed.';
}

/** @param rawHeaders names and values in turn */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === 'host') count += 1;
  }
  return count;
}
