/** A URL that a client chose: what can be told of it without asking anybody. */
import { isIP } from 'node:net';
import { isLoopbackAddress, isPublicAddress } from './public-address.ts';

/** Characters, which are bytes: what is longer is no URL that a server takes. Columns that hold one are as wide. */
export const MAX_URL_CHARACTERS = 2000;
/** Names that are no host's in the DNS of the internet (RFC 6761, 6762, 7686, 8375, 9476), or often one's own. */
const SPECIAL = new Set(
  'localhost local internal intranet private corp home lan localdomain test invalid onion alt arpa'.split(
    ' ',
  ),
);

export interface TargetRules {
  /** https on this machine, at any port: for development. */
  readonly allowLoopback: boolean;
}

/** @returns what is wrong, in words that follow the name of the member; or the URL */
export function readTarget(text: string, { allowLoopback }: TargetRules): URL | string {
  if (text.length > MAX_URL_CHARACTERS) return `must have at most ${MAX_URL_CHARACTERS} characters`;
  // The URL parser drops or replaces these, so that what is shown is not what is asked.
  // oxlint-disable-next-line no-control-regex -- refusing control characters is the point
  if (/[\u0000-\u0020\u007f\\]/.test(text)) {
    return 'must not contain spaces, control characters or backslashes';
  }
  if (!/^https:\/\/[^/]/i.test(text)) return 'must begin with https://';
  if (!URL.canParse(text)) return 'must be a valid URL';
  const url = new URL(text);
  return faultOf(url, text, allowLoopback) ?? url;
}

function faultOf(url: URL, text: string, allowLoopback: boolean): string | null {
  const authority = authorityOf(text);
  // Also an empty one, which the parser drops.
  if (authority.includes('@')) return 'must not hold a user name or a password';
  if (text.includes('#')) return 'must not have a fragment';
  const host = hostOf(url);
  if (isIP(host) !== 0) {
    if (!isWrittenAs(authority, url)) return 'must write an address in its usual form';
    if (allowLoopback && isLoopbackAddress(host)) return null;
    return isPublicAddress(host) ? portFault(url) : 'must not name an address of a private network';
  }
  return allowLoopback && host === 'localhost' ? null : (nameFault(host) ?? portFault(url));
}

/** As it was written. */
function authorityOf(text: string): string {
  return /^https:\/\/([^/?#]*)/i.exec(text)?.[1] ?? '';
}

function portFault({ port }: URL): string | null {
  return port === '' ? null : 'must use port 443';
}

/** Without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** `0x7f.1`, `2130706433`, `0177.0.0.1`, `１２７.0.0.1` and `%31…` are addresses to the parser, and to few readers. */
function isWrittenAs(authority: string, url: URL): boolean {
  const host = authority.replace(/:\d*$/, '').toLowerCase();
  return isIP(hostOf(url)) === 6 ? host.startsWith('[') : host === url.hostname;
}

function nameFault(host: string): string | null {
  if (host.endsWith('.')) return 'must not end its host with a dot';
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length < 2 || SPECIAL.has(last)) return 'must name a host of the public DNS';
  if (!labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))) {
    return 'must name a valid host';
  }
  return null;
}
