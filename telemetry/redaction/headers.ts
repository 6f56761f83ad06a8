/** Credentials as HTTP writes them: `Authorization`, `Cookie`, `Set-Cookie`, and schemes anywhere. */
import {
  REDACTED,
  endOf,
  endOfAll,
  looksOpaque,
  matchesAt,
  type Finder,
  type Hide,
} from './finding.ts';
import { tellsNothing, type Value } from './values.ts';

interface HeaderValue extends Value {
  /** Without quotes behind a colon, so that it ends with the line. */
  isHeader: boolean;
}

/** Of a line that may stand in quotes, its line breaks escaped: to its end. */
const LINE = /[^\r\n"'`\\]+|(?<==)"[^"\r\n]*"|(?<=[\w)\]])'(?=\w)|\\(?![nrtu"'`\\])/y;

const SCHEME = /([A-Za-z][\w-]{1,40})(?:[ \t]{1,8}|\+)(?=[^\s=])/y;
const KNOWN_SCHEME =
  /^(?:bearer|basic|token|api-?key|negotiate|ntlm|digest|hawk|oauth|dpop|mac|hmac|signature|vapid|key|jwt|splunk|aws4-hmac-sha\d+|sharedaccesssignature|sharedkey(?:lite)?|googlelogin|sso-key|privatetoken|concealed|gnap|scram-sha-\d+|hoba|mutual|apitoken|access|secret|genie\w*|bot)$/i;
/** `username="bob", response="6629fae4…"`, `Credential=AKIA…/20261123, Signature=…`. */
const PARAMETER = /[ \t]*[\w.-]{1,40}\\{0,15}=(?:\\{0,15}"[^"\r\n]*"|[^\s,;"'\\]*)[,;&]?/y;
const CREDENTIALS = /[^\s"'`\\,;<>)}\]]+|[,;)}\]](?![\w-]{1,40}:)(?=\w)/y;

/** The scheme stays. @returns where to read on */
export function hideAuthorization(text: string, value: HeaderValue, hide: Hide): number {
  SCHEME.lastIndex = value.start;
  const found = SCHEME.exec(text);
  const start = value.start + (found?.[0].length ?? 0);
  if (text.startsWith(REDACTED, start)) return start + REDACTED.length;
  if (found !== null && isCredential(text, start, found[1] ?? '')) {
    const end = value.quoted ? value.end : endOfCredentials(text, start);
    hide(start, end);
    return end;
  }
  const word = text.slice(value.start, value.end);
  if (tellsNothing(word) || /^[{(]/.test(word) || isSentence(text, value)) return value.start;
  hide(value.start, value.end);
  return value.end;
}

function isCredential(text: string, start: number, scheme: string): boolean {
  const token = text.slice(start, endOfCredentials(text, start));
  const isWord = /^[A-Za-z]+[.:]?$/.test(token);
  if (tellsNothing(token)) return false;
  if (KNOWN_SCHEME.test(scheme))
    return !isWord || token.length >= 16 || !hasMoreWords(text, start + token.length);
  return !tellsNothing(scheme) && looksOpaque(token);
}

const hasMoreWords = (text: string, at: number) => matchesAt(/[ \t]+[a-z]+(?![\w=:-])/y, text, at);

/** `Authorization: required for this route`. */
function isSentence(text: string, value: HeaderValue): boolean {
  const shown = text.slice(value.start, value.end);
  if (value.quoted) return /^[A-Za-z-]+(?:,? [A-Za-z-]+)+$/.test(shown);
  return /^[A-Za-z'-]+$/.test(shown) && matchesAt(/,? +[A-Za-z]/y, text, value.end);
}

export function endOfParameters(text: string, start: number): number {
  return endOfAll(PARAMETER, text, start);
}

function endOfCredentials(text: string, start: number): number {
  return Math.max(endOfParameters(text, start), endOfAll(CREDENTIALS, text, start));
}

const ATTRIBUTES =
  /^(?:path|domain|expires|max-age|samesite|priority|version|comment|httponly|secure|partitioned)$/i;
/** What separates a cookie from the one before it, its name, and the sign before its value. */
const COOKIE_NAME = /[\s;,["'\\]*([^\s=;,"'\\]+)([ \t]*=[ \t]*)?/y;
/** A comma is a part of a date, or begins the cookie of another header. */
const COOKIE_VALUE = /[^;,]+|,(?![ \t]*\\{0,31}["']?[\w.$-]{1,64}=)/y;

const FIRST_COOKIE = /[^\s=;,&"'\\]{1,100}[ \t]*=/y;
const PAIR = /[^\s=;,&"'\\]+=[^\s;,&"'\\]*(?:; ?)?/y;

/** Names and attributes stay. @returns where to read on */
export function hideCookies(text: string, value: HeaderValue, hide: Hide): number {
  if (value.quoted) {
    const isList = text.slice(value.start, value.end).includes('=');
    return isList
      ? hideCookieList(text, value.start, value.end, hide)
      : hideOneCookie(text, value, hide);
  }
  if (!matchesAt(FIRST_COOKIE, text, value.start)) return hideOneCookie(text, value, hide);
  const end = endOfAll(value.isHeader ? LINE : PAIR, text, value.start);
  return hideCookieList(text, value.start, end, hide);
}

function hideCookieList(text: string, from: number, end: number, hide: Hide): number {
  const header = text.slice(from, end);
  COOKIE_NAME.lastIndex = 0;
  for (let found = COOKIE_NAME.exec(header); found !== null; found = COOKIE_NAME.exec(header)) {
    const [, name = '', sign] = found;
    if (sign === undefined) continue;
    const at = COOKIE_NAME.lastIndex;
    const next = Math.max(endOf(/"[^"\r\n]*"/y, header, at), endOfAll(COOKIE_VALUE, header, at));
    if (!ATTRIBUTES.test(name) && !name.startsWith('$')) hideCookie(header, at, next, from, hide);
    COOKIE_NAME.lastIndex = next;
  }
  return end;
}

function hideCookie(header: string, at: number, end: number, from: number, hide: Hide): void {
  const start = endOf(/\\*"/y, header, at);
  const shown = header
    .slice(start, end)
    .trimEnd()
    .replace(/\\{0,31}["']?\]?$/, '');
  if (!tellsNothing(shown)) hide(from + start, from + start + shown.length);
}

function hideOneCookie(text: string, value: HeaderValue, hide: Hide): number {
  const shown = text.slice(value.start, value.end);
  if (tellsNothing(shown) || /^(?:\d{1,4}$|[{(])/.test(shown)) return value.start;
  if (!value.quoted && (isSentence(text, value) || /^[A-Za-z]{1,15}$/.test(shown)))
    return value.start;
  hide(value.start, value.end);
  return value.end;
}

const BARE =
  /(?<![\w-])(bearer|basic|negotiate|ntlm|apikey|token)(?:[ \t]token)?(?:[ \t]{1,8}|\+)([\w.~+/-]{8,}={0,2})/gi;
const DIGEST = /(?<![\w-])digest\s{1,8}(?=username\b)/gi;

/** `Bearer …` and `Basic …` without the name of the header. */
export const findSchemes: Finder = (text, hide) => {
  for (const { 0: all, 1: scheme = '', 2: token = '', index } of text.matchAll(BARE)) {
    const end = index + all.length;
    if (isToken(scheme.toLowerCase(), token)) hide(end - token.length, end);
  }
  for (const { 0: all, index } of text.matchAll(DIGEST)) {
    hide(index + all.length, endOfAll(PARAMETER, text, index + all.length));
  }
};

function isToken(scheme: string, token: string): boolean {
  const parts = token.replace(/[.=]{1,3}$/, '').split(/[-_/.+]/);
  const words = parts.every((part) => /^[A-Z]?[a-z]+$/.test(part));
  if (scheme === 'bearer') return !words || token.length >= 24;
  if (scheme === 'basic' && isUserAndPassword(token)) return true;
  return !words && looksOpaque(token) && token.length >= (scheme === 'basic' ? 12 : 20);
}

function isUserAndPassword(token: string): boolean {
  return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(token, 'base64').toString('latin1'));
}
