/**
 * What must not leave the process in a log line, a span or an error text. Two nets: the name of
 * the member, and the shape of the value wherever it stands.
 */
import { describeSql } from './sql.ts';

export const REDACTED = '[redacted]';

/** Longer texts are cut first, which also bounds the work of the rules. */
const MAX_TEXT = 8192;

const secretKey =
  /passw|pwd|secret|token|authori[sz]ation|cookie|apikey|credential|privatekey|sessionid|jwt|bearer|signature|connectionstring|dsn|cardnumber|cvv|cvc|ssn|otp$/;

/** Names are few and come again with every line; those of data are many, so only so many are kept. */
const MAX_KNOWN_KEYS = 1000;
const knownKeys = new Map<string, boolean>();

/** `access_token`, `X-API-Key`, `dbPassword`, … */
export function isSecretKey(key: string): boolean {
  const known = knownKeys.get(key);
  if (known !== undefined) return known;
  const secret = secretKey.test(key.toLowerCase().replace(/[^a-z0-9]/g, ''));
  if (knownKeys.size < MAX_KNOWN_KEYS && key.length <= 64) knownKeys.set(key, secret);
  return secret;
}

type Rule = (text: string) => string;

/**
 * In this order: what is replaced first is not looked at again. Every rule is linear in the text: a
 * part that does not match is not read again from each place inside of it.
 */
const rules: Rule[] = [
  replacing(
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}-----)?/g,
    () => REDACTED,
  ),
  replacing(/\b(bearer|basic|digest)\s+[\w.~+/=-]{4,}/gi, (_, scheme) => `${scheme} ${REDACTED}`),
  // Without its second part it is no token, and neither is anything inside of it.
  replacing(/\beyJ[\w-]{4,}(\.[\w-]{2,}(?:\.[\w-]*)?)?/g, (token, claims) =>
    claims === undefined ? token : REDACTED,
  ),
  replacing(/\bse_[\w-]{6,}/g, () => REDACTED),
  hidePasswordsOfUrls,
  replacing(
    /((?:passw(?:or)?d|pwd|secret(?:_key)?|api[_-]?key|(?:access_|refresh_|auth_)?token|authorization|cookie)["']?\s{0,4}[=:]\s{0,4})(?:"[^"]*"|'[^']*'|[^\s"'&,;]+)/gi,
    (_, name) => `${name}${REDACTED}`,
  ),
  hideEmails,
  replacing(/\b\d(?:[ -]?\d){12,18}\b/g, (digits) => (isCardNumber(digits) ? '[card]' : digits)),
];

function replacing(
  pattern: RegExp,
  replacement: (match: string, part: string | undefined) => string,
): Rule {
  return (text) => text.replace(pattern, replacement);
}

/** scheme://user:password@host; the password may hold anything but white space and quotes. */
function hidePasswordsOfUrls(text: string): string {
  const run = /[^\s"'`<>]+/y;
  let clean = '';
  let done = 0;
  /** Up to here no password can end. */
  let noneBefore = 0;
  for (const { 0: head, index } of text.matchAll(/:\/\/[^\s:/@"'`]{0,256}(?=:)/g)) {
    const start = index + head.length + 1;
    if (index < done || start < noneBefore) continue;
    run.lastIndex = start;
    const password = run.exec(text)?.[0] ?? '';
    const length = password.lastIndexOf('@');
    if (length > 0) {
      clean += `${text.slice(done, start)}${REDACTED}`;
      done = start + length;
    } else {
      noneBefore = start + password.length;
    }
  }
  return clean + text.slice(done);
}

/** From each `@` with a domain behind it back to where the name begins. */
function hideEmails(text: string): string {
  let clean = '';
  let done = 0;
  for (const { 0: domain, index } of text.matchAll(
    /@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g,
  )) {
    const before = text.slice(Math.max(done, index - 64), index);
    const name = /(?<![\w.%+-])[\w.%+-]*$/.exec(before)?.[0] ?? '';
    if (name === '') continue;
    clean += `${text.slice(done, index - name.length)}[email]`;
    done = index + domain.length;
  }
  return clean + text.slice(done);
}

/** Something that every text has which one of the rules would change: most have nothing of it. */
const suspicious =
  /@|eyJ|se_|BEGIN|bearer|basic|digest|pwd|passw|secret|api[_-]?key|token|authorization|cookie|\d(?:[ -]?\d){12}/i;

/** The text with everything replaced that looks like a secret or a person's address. */
export function redactText(text: string): string {
  if (text.length <= MAX_TEXT && !suspicious.test(text)) return text;
  let clean =
    text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… [${text.length} characters]` : text;
  for (const rule of rules) clean = rule(clean);
  return clean;
}

/** Error texts of the driver and the ORM quote statements and values: those go as well. */
export function redactErrorText(message: string, code?: unknown): string {
  const looksLikeSql =
    /^\s*(select|insert|update|delete|with|merge|copy|create|alter|drop|set)\b/i.test(message);
  // What a function in the database raises (P0001) may hold any value of the row.
  if (code === 'P0001') return REDACTED;
  // The ORM appends PostgreSQL's detail, which is the whole row that broke a constraint.
  const detail = message.search(/(?<=\s)- detail:/);
  const told = detail === -1 ? message : message.slice(0, detail).trimEnd();
  const text = looksLikeSql ? describeSql(told).text : told;
  // SQLSTATE classes 22 and 23 (bad data, constraints) quote the offending value.
  const quotesValue = typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code);
  return redactText(quotesValue ? text.replace(/"[^"]*"/g, '"?"') : text);
}

/**
 * First digits and lengths that card schemes have issued (ISO/IEC 7812): Visa, Mastercard, American
 * Express, Diners Club, Discover, JCB, UnionPay, Maestro, RuPay, Mir. Times such as 20261123060000
 * and milliseconds since 1970 are none of them.
 */
const issued: [prefix: RegExp, lengths: readonly number[]][] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:30[0-5]|3095|3[689])/, [14, 15, 16, 17, 18, 19]],
  [/^(?:352[89]|35[3-8]|220[0-4]|8[12])/, [16, 17, 18, 19]],
  [/^(?:50|5[6-8]|6)/, [13, 14, 15, 16, 17, 18, 19]],
];

/** Also Luhn's check: without it one long number in some would be a card. */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  if (!issued.some(([prefix, lengths]) => prefix.test(digits) && lengths.includes(digits.length))) {
    return false;
  }
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
