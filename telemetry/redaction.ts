/**
 * What must not leave the process in a log line, a span or an error text. Two nets: the name of
 * the member, and the shape of the value wherever it stands.
 */
import { describeSql } from './sql.ts';

export const REDACTED = '[redacted]';

/** Longer texts are cut first, which also bounds the work of the patterns. */
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

/** In this order: what is replaced first is not looked at again. Every pattern is linear in the text. */
const patterns: [RegExp, string | ((match: string) => string)][] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}-----)?/g, REDACTED],
  [/\b(bearer|basic|digest)\s+[\w.~+/=-]{4,}/gi, `$1 ${REDACTED}`],
  [/\beyJ[\w-]{4,}\.[\w-]{2,}(?:\.[\w-]*)?/g, REDACTED],
  [/\bse_[\w-]{6,}/g, REDACTED],
  // scheme://user:password@host; the password may hold anything but white space and quotes.
  [/(:\/\/[^\s:/@"'`]{0,256}:)[^\s"'`<>]+@/g, `$1${REDACTED}@`],
  [
    /((?:passw(?:or)?d|pwd|secret(?:_key)?|api[_-]?key|(?:access_|refresh_|auth_)?token|authorization|cookie)["']?\s{0,4}[=:]\s{0,4})(?:"[^"]*"|'[^']*'|[^\s"'&,;]+)/gi,
    `$1${REDACTED}`,
  ],
  [/[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g, '[email]'],
  [/\b\d(?:[ -]?\d){12,18}\b/g, (digits) => (isCardNumber(digits) ? '[card]' : digits)],
];

/** Something that every text has which one of the patterns would change: most have nothing of it. */
const suspicious =
  /@|eyJ|se_|BEGIN|bearer|basic|digest|pwd|passw|secret|api[_-]?key|token|authorization|cookie|\d(?:[ -]?\d){12}/i;

/** The text with everything replaced that looks like a secret or a person's address. */
export function redactText(text: string): string {
  if (text.length <= MAX_TEXT && !suspicious.test(text)) return text;
  let clean =
    text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… [${text.length} characters]` : text;
  for (const [pattern, replacement] of patterns) {
    clean =
      typeof replacement === 'string'
        ? clean.replace(pattern, replacement)
        : clean.replace(pattern, replacement);
  }
  return clean;
}

/** Error texts of the driver and the ORM quote statements and values: those go as well. */
export function redactErrorText(message: string, code?: unknown): string {
  const looksLikeSql =
    /^\s*(select|insert|update|delete|with|merge|copy|create|alter|drop|set)\b/i.test(message);
  // What a function in the database raises (P0001) may hold any value of the row.
  if (code === 'P0001') return REDACTED;
  // The ORM appends PostgreSQL's detail, which is the whole row that broke a constraint.
  const told = message.replace(/\s+- detail:[^]*$/, '');
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
