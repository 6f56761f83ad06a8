/**
 * What must not leave the process in a log line, a span or an error text. Two nets: the name of
 * the member, and the shape of the value wherever it stands.
 */
import { attr } from './conventions.ts';
import { SIGNS, findAssignments, findOtherAssignments } from './redaction/assignments.ts';
import { findCards } from './redaction/cards.ts';
import { findCommandSecrets } from './redaction/command-lines.ts';
import { findEmails } from './redaction/emails.ts';
import { REDACTED, hideFindings, looksOpaque, type Finder } from './redaction/finding.ts';
import { findSchemes } from './redaction/headers.ts';
import { findJoseTokens, findKeyBlocks } from './redaction/key-blocks.ts';
import { isCounted, isSecretKey, keyKind } from './redaction/key-names.ts';
import { isRequestId, isRequestIdValue, requestIdsIn } from './redaction/request-ids.ts';
import { findTokens } from './redaction/tokens.ts';
import { findUrlPasswords, findWebhooks } from './redaction/urls.ts';
import { describeSql } from './sql.ts';

export { REDACTED, isSecretKey };

/** Longer texts are cut first, which also bounds the work of the rules. */
const MAX_TEXT = 8192;
/** What is shorter, and assigns and addresses nothing, holds none: words are most of what is logged. */
const MIN_TEXT = 13;
/** Where a text is cut, a secret would lose what it is known by: its last word goes, if it is no longer. */
const MAX_LAST_WORD = 512;

/** Random by nature, so that some look like what the rules know, and to be compared: they are told whole. */
const HANDLES: ReadonlySet<string> = new Set([attr.subject, attr.candidate, attr.assessment]);
const HANDLE = /^[\w-]{22}$/;

const finders: readonly Finder[] = [
  findKeyBlocks,
  findUrlPasswords,
  findWebhooks,
  findNamed,
  findCommandSecrets,
  findJoseTokens,
  findTokens,
  findEmails,
  findCards,
];

/** Most texts have no name of a secret in them. */
function findNamed(...[text, hide, endsAt]: Parameters<Finder>): void {
  if (!SIGNS.test(text)) return;
  findAssignments(text, hide, endsAt);
  findOtherAssignments(text, hide, endsAt);
  findSchemes(text, hide, endsAt);
}

/** Messages, routes and names of fields are few, and written again and again: what was found clean is. */
const clean = new Set<string>();
const MAX_CLEAN = 1000;
const MAX_CLEAN_TEXT = 64;

/** The text with everything replaced that looks like a secret or a person's address. */
export function redactText(text: string): string {
  if (text.length < MIN_TEXT && !/[=:@']/.test(text)) return text;
  if (clean.has(text)) return text;
  const redacted = withoutSecrets(text);
  if (redacted === text && text.length <= MAX_CLEAN_TEXT) {
    if (clean.size === MAX_CLEAN) clean.clear();
    clean.add(text);
  }
  return redacted;
}

function withoutSecrets(text: string): string {
  const read = text.length <= MAX_TEXT ? text : cut(text);
  const told = hideFindings(read, finders, requestIdsIn);
  return read === text ? told : `${told}… [${text.length} characters]`;
}

function cut(text: string): string {
  const start = MAX_TEXT - MAX_LAST_WORD;
  const last = /[^\s"',;]*$/.exec(text.slice(start, MAX_TEXT))?.[0].length ?? 0;
  return text.slice(0, last < MAX_LAST_WORD ? MAX_TEXT - last : MAX_TEXT);
}

/** Whether a member is left out whatever its value says: `token: undefined` and `has_password: true` say nothing. */
export function isSecretMember(name: string, value: unknown): boolean {
  if (value === undefined || value === null || typeof value === 'boolean') return false;
  const kind = keyKind(name);
  if (kind === 'vague') return typeof value === 'string' && looksOpaque(value);
  return isSecretKey(name) && !(typeof value === 'number' && isCounted(name));
}

/** Whether a member is told as it is: the identity that a client gave its request, and HMACs of ours. */
export function isExemptMember(name: string, value: unknown): boolean {
  if (HANDLES.has(name)) return typeof value === 'string' && HANDLE.test(value);
  return isRequestId(name) && isRequestIdValue(value);
}

/**
 * What may be told of a member that is a number or a text of digits: as `order_id` it is no card.
 *
 * @param plain what may be told of it without its name
 */
export function redactNumber(name: string, value: unknown, plain: unknown): string | undefined {
  const isNumber = typeof value === 'bigint' || (Number.isInteger(value) && Number(value) >= 1e12);
  if (plain !== '[card]' && !isNumber) return undefined;
  const named = `${name}=${String(value)}`;
  return redactText(named) === named ? String(value) : '[card]';
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
