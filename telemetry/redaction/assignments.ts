/** `name=value`, `"name": "value"` and their kin, by the name. */
import { endOf, looksOpaque, type Finder, type Hide } from './finding.ts';
import { endOfParameters, hideAuthorization, hideCookies } from './headers.ts';
import { isCounted, keyKind, type KeyKind } from './key-names.ts';
import { readValue, readsAsProse, tellsNothing, type Value } from './values.ts';

/** Every name that announces a secret, and every scheme of `Authorization`, has one of these in it. */
export const SIGNS =
  /pass|pw|psw|secret|token|cred|jwt|dsn|cvv|cvc|cvn|csc|ssn|otp|mnemon|session|sessid|key|sig|hmac|bear|auth|cook|code|card|ccn|cc_n|social|phrase|assertion|verifier|kennwort|saml|basic|digest|negot|ntlm|identified|(?:sess|sid|sas)(?![a-z])|conn\w{0,8}.?str/i;
const NEXT_SIGN = new RegExp(SIGNS.source, 'gi');

const NAME_BEFORE = /(?<![\w$.-])[\w$.-]*$/;
const NAME = /[\w$.-]*/y;
const MAX_NAME = 80;

/**
 * Behind a name: the quote that closes it, and `=`, `:`, `=>`, `:=`, the member
 * `value` beside the member that holds the name, or the empty line before a part of a form.
 */
const SEPARATOR =
  /(?:\\{0,31}["'`]{1,2}|&(?:quot|apos|#0?3[49]|#x2[27]);|\\{1,8}u002[27])?\]?[?!]?\*{0,2}[ \t]{0,4}(?:=>|:=|={1,3}|:(?!:|\/\/)|(?:,|\\{0,31}["'])[ \t]{0,4}\\{0,31}["']?value\\{0,31}["']?[ \t]{0,4}[=:])\*{0,2}[ \t]{0,8}|\\{0,31}["'](?:\r?\n\r?\n|(?:\\{1,8}r)?\\{1,8}n(?:\\{1,8}r)?\\{1,8}n)/y;

interface Found {
  text: string;
  name: string;
  /** Of the name. */
  at: number;
  separator: string;
  valueAt: number;
  unclosed: Set<string>;
}

export const findAssignments: Finder = (text, hide) => {
  const unclosed = new Set<string>();
  let done = 0;
  for (let sign = nextSign(text, done); sign !== -1; sign = nextSign(text, done)) {
    const before = NAME_BEFORE.exec(text.slice(Math.max(done, sign - MAX_NAME), sign));
    const at = sign - (before?.[0].length ?? 0);
    const nameEnd = endOf(NAME, text, sign);
    done = Math.max(nameEnd, sign + 1);
    const valueAt = endOf(SEPARATOR, text, nameEnd);
    if (valueAt === nameEnd) continue;
    const name = withoutEscape(text, at, text.slice(at, nameEnd));
    const kind = kindOf(text, at, name);
    if (kind === undefined) continue;
    const separator = text.slice(nameEnd, valueAt);
    done = Math.max(done, hideValue({ text, name, at, separator, valueAt, unclosed }, kind, hide));
  }
};

/** In a sentence a name may be two words: `API key: …`. */
function kindOf(text: string, at: number, name: string): KeyKind | undefined {
  const kind = keyKind(name);
  if (kind !== undefined && kind !== 'query') return kind;
  const word = /(?<![A-Za-z])[A-Za-z]{2,20} $/.exec(text.slice(Math.max(0, at - 22), at))?.[0];
  return (word === undefined ? undefined : keyKind(word + name)) ?? kind;
}

function nextSign(text: string, from: number): number {
  NEXT_SIGN.lastIndex = from;
  return NEXT_SIGN.exec(text)?.index ?? -1;
}

/** In `\npassword` and `\u0022password` the name begins later. */
function withoutEscape(text: string, at: number, word: string): string {
  const before = text[at - 1];
  if (before === '\\') return word.replace(/^(?:[nrtbf]|u[\dA-Fa-f]{4})/, '');
  return word;
}

/**
 * Characters of a value by which it is judged. What is harmless is read once more for each name in it, so
 * that is not to depend on how long it is; what is hidden is read to its end, and only once.
 */
const LOOK = 64;

/** @returns where to read on */
function hideValue(found: Found, kind: KeyKind, hide: Hide): number {
  const { text, valueAt } = found;
  const near = { ...found, text: text.slice(0, valueAt + LOOK), unclosed: new Set<string>() };
  if (hideWhole(near, kind, () => {}) <= valueAt) return valueAt;
  return Math.max(valueAt, hideWhole(found, kind, hide, true));
}

/** @returns where the value ends; where it begins when there is nothing to hide */
function hideWhole(found: Found, kind: KeyKind, hide: Hide, isJudged = false): number {
  const { text, name, separator, valueAt, unclosed } = found;
  const value = readValue(text, valueAt, unclosed);
  const isHeader = !value.quoted && separator.includes(':');
  if (kind === 'cookie')
    return readOn(hideCookies(text, { ...value, isHeader }, hide), found, value);
  if (kind === 'authorization') {
    return readOn(hideAuthorization(text, { ...value, isHeader }, hide), found, value);
  }
  if (!isJudged && isHarmless(found, kind, value)) return valueAt;
  if (!value.quoted && /phrase|mnemonic/i.test(name)) {
    return hidePhrase(text, valueAt, hide);
  }
  const end = endOfWhole(found, kind, value);
  hide(value.start, end);
  return end;
}

/** Headers tell where their value begins, behind its quote. */
function readOn(at: number, { valueAt }: Found, { start }: Value): number {
  return at === start ? valueAt : at;
}

/** `'password=two words'`: to the quote before the name; `t=1,v1=…`: with all its parameters. */
function endOfWhole({ text, at, separator }: Found, kind: KeyKind, { start, end, quoted }: Value) {
  if (quoted) return end;
  if (kind === 'opaque' && separator.includes(':'))
    return Math.max(end, endOfParameters(text, start));
  const quote = text.charAt(at - 1);
  if (quote !== '"' && quote !== "'") return end;
  const rest = endOf(/[ \t][^"'\r\n=:\\]*/y, text, end);
  return text[rest] === quote ? rest : end;
}

function isHarmless(found: Found, kind: KeyKind, value: Value): boolean {
  const { text, name, at, separator } = found;
  const shown = text.slice(value.start, value.end);
  if (tellsNothing(shown) || !isSecretValue(found, kind, shown)) return true;
  if (value.quoted) return false;
  if (isPlace(text, at, name, shown)) return true;
  if (/phrase|mnemonic/i.test(name)) return false;
  return readsAsProse(text, value, separator, /^(?:token|jwt)$/i.test(name));
}

/**
 * An object, whose members have names of their own; a line of a program, `node:internal/token:4:5`; the
 * folder of a shell; the user of a URL, behind whom the password stands.
 */
function isPlace(text: string, at: number, name: string, value: string): boolean {
  if (/^[{(]/.test(value) || text.startsWith('://', at - 3)) return true;
  if (text[at - 1] === '/' && /^\d+(?::\d+)*$/.test(value)) return true;
  if (/key$/i.test(name)) return /^(?:~|\.{1,2})?(?:\/[\w.-]+){2,}$/.test(value);
  return /^(?:old)?pwd$/i.test(name) && /^[/~]/.test(value);
}

function isSecretValue({ text, name, at }: Found, kind: KeyKind, value: string): boolean {
  if (kind === 'plain') return !(isCounted(name) && /^\d{1,6}$/.test(value));
  if (kind !== 'query') return looksOpaque(value);
  return /[?&]/.test(text.charAt(at - 1)) && value.length >= 16 && looksOpaque(value);
}

/** Of several words: to the end of the line, of the sentence or of the quoted text around it. */
function hidePhrase(text: string, at: number, hide: Hide): number {
  const end = endOf(/[^\r\n"'`,;&\\]*/y, text, at);
  hide(at, end);
  return end;
}

/** A sign that every such text has, names, and a value at the end. */
const others: readonly [sign: string, pattern: RegExp][] = [
  ['</', /<(?:[\w-]{1,40}:)?([\w.-]{1,80})(?:\s[^<>]*)?>([^<]+)(?=<\/)/g],
  [')=(', /\(([\w", ]{1,200})\)=\(([^)\n]*)/g],
  ["'", /\b(password|passphrase|secret)\s{1,4}'([^'\n]+)/gi],
  ["'", /\bidentified (by) '([^'\n]+)/gi],
  [' ', /\b(cvv2?|cvc2?|csc|otp)[ \t]{1,3}(\d{3,8})(?!\w)/gi],
  [
    ' ',
    /\b(password|passwd|pwd|passphrase)(?: is| was)? (?=[A-Za-z]{0,30}\d)(?!(?:sha|md|argon|pbkdf|oauth|base|utf|v)\d)([\w!#$%&*+-]{6,64})(?![\w.:=/])/gi,
  ],
  ['"', /\b(password|passphrase)(?: is| was)? "([^"\n]+)/gi],
  [
    ' ',
    /\b(api[-_ ]?key|access[-_ ]?key|secret|token)(?: is| was)? (?=[A-Za-z+/]{0,40}\d)(?=\d{0,40}[A-Za-z])([A-Za-z\d+/]{12,}={0,2})(?![\w.:(-])/gi,
  ],
  [' ', /(?<![\w-])(AUTH|requirepass|masterauth) (?=[A-Za-z]{0,30}\d)([\w!#$%&*+-]{6,})/g],
  ['ENV ', /\bENV ([\w.-]+) ([^\s=]+)/g],
];
const OPTION = /(?<![\w-])-{1,2}([A-Za-z][\w-]*)[ \t]{1,4}(?=[^\s-])/g;

/** Elements of XML, PostgreSQL's `Key (name)=(value)`, `PASSWORD 'value'`, options of a command. */
export const findOtherAssignments: Finder = (text, hide) => {
  for (const [sign, pattern] of others) {
    if (!text.includes(sign)) continue;
    for (const { 0: all, 1: names = '', 2: value = '', index } of text.matchAll(pattern)) {
      const end = index + all.length;
      if (names.split(',').some((name) => isHidden(name, value))) hide(end - value.length, end);
    }
  }
  if (text.includes('-')) findOptions(text, hide);
};

function findOptions(text: string, hide: Hide): void {
  const unclosed = new Set<string>();
  const options = new RegExp(OPTION);
  for (let found = options.exec(text); found !== null; found = options.exec(text)) {
    const kind = keyKind(found[1] ?? '');
    if (kind === undefined) continue;
    const at = options.lastIndex;
    const near = readValue(text.slice(0, at + LOOK), at, new Set());
    const shown = text.slice(near.start, near.end);
    if (tellsNothing(shown) || (kind !== 'plain' && !looksOpaque(shown))) continue;
    const { start, end } = readValue(text, at, unclosed);
    hide(start, end);
    options.lastIndex = Math.max(at, end);
  }
}

/** What announces a secret in a command and is no name. */
const UNNAMED = /^(?:by|auth|requirepass|masterauth)$/i;

function isHidden(name: string, value: string): boolean {
  return (UNNAMED.test(name) || keyKind(name.trim()) !== undefined) && !tellsNothing(value);
}
