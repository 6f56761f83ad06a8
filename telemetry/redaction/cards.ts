/** Numbers of payment cards: an issuer's first digits, its lengths, its grouping, Luhn's check. */
import type { Finder } from './finding.ts';

/**
 * First digits that schemes issue and the lengths in use (ISO/IEC 7812): Visa, Mastercard, American
 * Express, Diners Club, JCB, Discover, UnionPay, Maestro, RuPay, Mir, Troy. Times such as
 * 20261123060000, and milli- to nanoseconds since 1970 (they begin with 1), are none of them; 17 and
 * 18 digits are only read in groups, since ids of databases have as many.
 */
const issued: readonly [prefix: RegExp, lengths: readonly number[]][] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:30[0-5]|3095|3[689])/, [14, 16]],
  [/^(?:352[89]|35[3-8])/, [16, 19]],
  [/^220[0-4]/, [16, 19]],
  [/^(?:8[12]|9792)/, [16, 19]],
  [/^(?:60|62|64|65)/, [16, 19]],
  [/^(?:50|5[6-8]|63|67)/, [13, 16, 19]],
];

/** How people and printers set them apart; groups of four serve for every length. */
const GROUPINGS = new Set(['4-6-5', '4-6-4', '6-13', '4-3-3-3', '4-4-5', '8-8', '6-10']);

const LONG_NUMBER = /(?<!\d)\d(?:[ .+\u00a0\u2010-\u2013-]?\d){12}/;
const GROUPS = /\d[\d .+\u00a0\u2010-\u2013-]*/g;

interface Group {
  start: number;
  digits: string;
  /** Between this one and the next; '' behind the last. */
  separator: string;
}

export const findCards: Finder = (text, hide) => {
  if (!hasLongNumber(text)) return;
  for (const { 0: all, index } of text.matchAll(GROUPS)) {
    if (all.length < 13) continue;
    const groups = split(all, index);
    let at = 0;
    while (at < groups.length) {
      const count = cardAt(text, groups, at);
      const [first, last] = [groups[at], groups[at + count - 1]];
      if (first !== undefined && last !== undefined && count > 0) {
        hide(first.start, last.start + last.digits.length, '[card]');
      }
      at += Math.max(count, 1);
    }
  }
};

/** Whether 13 digits follow each other, with at most one mark between two of them. */
function hasLongNumber(text: string): boolean {
  return /\d{4}[ .+\u00a0\u2010-\u2013-]?\d{2}/.test(text) && LONG_NUMBER.test(text);
}

function split(all: string, index: number): Group[] {
  const groups: Group[] = [];
  for (const { 0: digits, index: start } of all.matchAll(/\d+/g)) {
    const last = groups.at(-1);
    if (last !== undefined) {
      last.separator = all.slice(last.start - index + last.digits.length, start);
    }
    groups.push({ start: index + start, digits, separator: '' });
  }
  return groups;
}

/** How many groups, from this one on, are a card; 0: none. */
function cardAt(text: string, groups: readonly Group[], at: number): number {
  for (let count = 1; count <= 5 && at + count <= groups.length; count++) {
    const part = groups.slice(at, at + count);
    const digits = part.map((group) => group.digits).join('');
    if (digits.length > 19) return 0;
    if (isCard(digits, part) && standsAlone(text, groups, at, count)) return count;
  }
  return 0;
}

function isCard(digits: string, part: readonly Group[]): boolean {
  const fits = issued.some(
    ([prefix, lengths]) => lengths.includes(digits.length) && prefix.test(digits),
  );
  if (!fits || !passesLuhn(digits)) return false;
  if (part.length === 1) return digits.length !== 13 || !isArticleNumber(digits);
  const [first] = part;
  const alike = part.slice(0, -1).every(({ separator }) => separator === first?.separator);
  return (
    alike && first?.separator.length === 1 && isGrouping(part.map((group) => group.digits.length))
  );
}

function isGrouping(sizes: readonly number[]): boolean {
  const last = sizes.at(-1) ?? 0;
  return (
    (sizes.slice(0, -1).every((size) => size === 4) && last <= 4) || GROUPINGS.has(sizes.join('-'))
  );
}

/** Neither a part of an identifier, a fraction, a longer number, nor named as something else. */
function standsAlone(text: string, groups: readonly Group[], at: number, count: number): boolean {
  const first = groups[at] as Group;
  const last = groups[at + count - 1] as Group;
  const end = last.start + last.digits.length;
  const before = text.slice(Math.max(0, first.start - MAX_BEFORE), first.start);
  const after = text.slice(end, end + 16);
  const words = wordsBefore(before);
  const isCard = words.some((word) => CARDS.has(word)) && words.at(-1) !== 'id';
  if (isCard && !/[A-Za-z0-9]$/.test(before)) return !/^\w/.test(after);
  if (isJoined(before.slice(-3), after) || isAmongGroups(groups, at, count)) return false;
  if (count > 1) return !IBAN.test(before.slice(-12));
  return !(isOther(words) || UNIT.test(after) || OTHER_PATH.test(before));
}

/** To letters, or by a hyphen or a dot to letters or digits. */
function isJoined(before: string, after: string): boolean {
  const escape = /\\[nrt]$/.test(before);
  if (!escape && /(?:[\p{L}\p{N}_$]|[\p{L}\p{N}_][.-]|[@^~#])$/u.test(before)) return true;
  return /^(?:[\p{L}\p{N}_$]|[.-][\p{L}\p{N}_])/u.test(after);
}

/** More digits of the same grouping beside it: a longer number, or a list of numbers. */
function isAmongGroups(groups: readonly Group[], at: number, count: number): boolean {
  const size = groups[at]?.digits.length;
  const separator = groups[at]?.separator;
  const previous = groups[at - 1];
  const next = groups[at + count];
  if (count === 1) {
    const joined = [previous?.separator, separator].some((mark) => mark === '.' || mark === '-');
    return joined;
  }
  const last = groups[at + count - 1];
  const before =
    previous !== undefined && previous.separator === separator && previous.digits.length === size;
  const after = next !== undefined && last?.separator === separator && next.digits.length === size;
  return before || after;
}

const MAX_BEFORE = 96;
const IBAN = /(?:^|[^A-Z])[A-Z]{2}\d{2}[ -](?:[A-Z]{4}[ -])?$/;
const UNIT =
  /^(?: |%20)?(?:ns|us|µs|μs|ms|s|sec|seconds|nanoseconds|microseconds|milliseconds|bytes?|bits?|[kKMGT]?i?B|rows?|items?|requests?|entries|times|records|ticks|cycles|tokens)(?!\w)/;
const OTHER_PATH =
  /\/(?:\w{0,40}(?:s|id|status|order|message|user|item|job|run|build|post|page))\/$/i;

const words = (text: string) => new Set(text.trim().split(/\s+/));
const CARDS = words(
  'card cards pan cc visa amex mastercard maestro discover jcb diners creditcard',
);
/** What is counted, measured or identified by a number. */
const OTHERS = words(`
  id ids uid uuid guid ts time times timestamp date nonce trace span seq sequence offset lsn xid txid
  version revision rev ns us ms nanos micros millis nanoseconds microseconds milliseconds epoch
  snowflake invoice tracking ticket order serial build run job batch migration bytes size length count
  total hash checksum crc cursor after before since until start end position isbn issn imei iccid imsi
  ean upc gtin sku reference ref request correlation transaction txn parent partition seed random limit
  max min user account tenant shard worker node expires expire exp iat nbf event
`);
/** Only behind another word: `created_at`, `cacheKey`. */
const SUFFIXES = words('at on key no nr num number is was');

/** The name before a value, or the words before a number in a sentence. */
const NAMED =
  /(?<![\w-])([\w-]{1,48})(?:[\s.]{1,3}(no|nr|num|number|id|is|was))?[\s"'\\:=>()[\]#.]{0,40}$/i;

/** The last two words of them, as `orderNumber` and `order no.` have two. */
function wordsBefore(before: string): string[] {
  const [, name = '', suffix = ''] = NAMED.exec(before) ?? [];
  const found = `${name} ${suffix}`.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [];
  return found.slice(-3).map((word) => word.toLowerCase());
}

/** `order_id=`, `"ts":`, `invoice 4…`: what the number is has been said. */
function isOther(words: readonly string[]): boolean {
  const last = words.at(-1) ?? '';
  if (OTHERS.has(last)) return true;
  if (words.length < 2 || !SUFFIXES.has(last)) return false;
  return last === 'at' || last === 'on' || last === 'key' || OTHERS.has(words.at(-2) ?? '');
}

/** The check digit of European Article Numbers and ISBN-13. */
function isArticleNumber(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) sum += Number(digits[i]) * (i % 2 === 1 ? 3 : 1);
  return sum % 10 === 0;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
