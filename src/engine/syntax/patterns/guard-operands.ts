import type { GuardFacts } from '../../pattern-facts.ts';

type Kind = GuardFacts['kind'];

/** The conditions that `and` and `or` put together, wherever no call or index is around them. */
export function clausesOf(condition: string): string[] {
  // `let Some(x) = rows.get(at)` in Rust asks of what stands on the right.
  const asked = /^\s*let\b[^=]*=\s*([^=].*)$/s.exec(condition)?.[1];
  if (asked !== undefined) return [asked];
  const clauses: string[] = [];
  let from = 0;
  for (const { 0: word, index } of withoutTexts(condition).matchAll(joints)) {
    if (isInCall(condition, index)) continue;
    clauses.push(condition.slice(from, index));
    from = index + word.length;
  }
  return [...clauses, condition.slice(from)].filter((clause) => /\w/.test(clause));
}

const joints = /\|\||&&|\b(?:or|and)\b/g;

/** The same text with blanks for what stands in quotes and in regular expressions. */
export function withoutTexts(text: string): string {
  return text.replaceAll(texts, (found) => ' '.repeat(found.length));
}

const texts =
  /"[^"\n]*"|'[^'\n]*'|`[^`\n]*`|(?<=(?:^|[(!=~,&|])\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/[\\\n])+\/[a-z]*/g;

function isInCall(text: string, at: number): boolean {
  return callsAround(text, at).length > 0;
}

/** Where the brackets of calls and indexes around a place open, from the outside in. */
function callsAround(text: string, at: number): number[] {
  const open: number[] = [];
  for (let index = 0; index < at; index += 1) {
    const sign = text[index] ?? '';
    if (sign === '(' || sign === '[') open.push(index);
    else if (sign === ')' || sign === ']') open.pop();
  }
  return open.filter((index) => isCallOrIndex(text, index));
}

function isCallOrIndex(text: string, index: number): boolean {
  const before = /([\w$\])>?!]+)\s?$/.exec(text.slice(Math.max(0, index - 40), index))?.[1];
  return before !== undefined && !words.test(before);
}

const words = /^(if|elif|while|not|and|or|in|is|return|assert|unless|await|typeof)$/;

/** Calls that answer for their argument: what is checked by them is that. */
const transparent =
  /(^|[.:>])(len|count|size|strlen|sizeof|abs|int|float|str|Number|String|parseInt|parseFloat|trim|typeof|isinstance|empty|isset|is_\w+|is[A-Z]\w*|Is[A-Z]\w*|[nN]otNull|checkNotNull|requireNonNull|all|any|not|bool|Boolean)$/;

/** Whether a name is what is looked for: `rows.includes(name)`, `name in rows`. */
export function isSought(clause: string, name: string): boolean {
  const at = placeOf(clause, name) ?? 0;
  if (/^[\w$.]+\s+(not\s+)?in\b/.test(clause.slice(at))) return true;
  const open = callsAround(clause, at).at(-1);
  const callee = open === undefined ? '' : calleeAt(clause, open);
  // `strings.Contains(text, "a")` looks in it, and not for it.
  return lookups.test(callee) && !/^(strings|bytes|str|string)\./.test(callee);
}

const lookups =
  /(^|[.:>])(has|contains\w*|includes|include\?|key\?|count|find|array_key_exists|isset|in_array)$/i;

/** What is compared when a name is checked: the name, or the element, field or answer that it stands in. */
export function operandOf(clause: string, subject: string, kind: Kind): string {
  const at = placeOf(clause, subject);
  if (at === null || asWhole.has(kind) || isSought(clause, subject)) return subject;
  const start = startOf(clause, at, kind);
  const chain = chainFrom(clause, start);
  const text = withoutSize(chain);
  // What a call answers is compared with something; else it is asked of its receiver.
  const isAnswer = /^\s*[!=]=/.test(clause.slice(start + chain.length));
  const isAsked = kind === 'other' && /[([]/.test(text) && !isAnswer;
  return isAsked ? subject : (shown(text) ?? subject);
}

/** `read(…)`: what it was asked with may take too much room. */
function shown(text: string): string | undefined {
  if (!/^[\w$@]/.test(text)) return undefined;
  if (text.length <= longest && !/["'`\n]/.test(text)) return text;
  return /^([\w$@.>-]+)\(/.exec(text)?.[1]?.concat('(…)');
}

/** Kinds of checks that are of a value as a whole. */
const asWhole = new Set<Kind>(['type', 'nan', 'duplicate', 'membership']);

/** What else is refused is the value itself, whatever is asked of it. */
function startOf(clause: string, at: number, kind: Kind): number {
  if (kind === 'other') return at;
  const around = callsAround(clause, at).find((open) => !transparent.test(calleeAt(clause, open)));
  return around === undefined ? at : around - calleeAt(clause, around).length;
}

/** Characters of an operand that are still shown. */
const longest = 50;

/** Names of what others are compared with. */
export const limitName = /^_?(max|min|limit|capacity|bound|least|most|low|high)/i;

/** Names of what others are looked up in. */
const holder =
  /(store|repo(sitor(y|ies))?|db|database|registry|index|cache|table|service|manager|session|client|lookup|catalog(ue)?|map)$/i;

/** What is looked for comes first, and of two values that are compared the limit last. */
export function likeliestFirst(names: readonly string[], clause: string): string[] {
  const rank = (name: string): number => {
    const at = placeOf(clause, name) ?? 0;
    if (isSought(clause, name)) return at - far;
    const aside = callsAround(clause, at).length > 0;
    const isSize = sized.test(clause.slice(at + name.length));
    const isLast = limitName.test(name) || (holder.test(name) && !aside);
    // Of `is_admin(db, user)` it is the user who is asked about.
    const isAsked = holder.test(name) && aside;
    return at + (aside || isSize ? far : 0) + (isLast ? 2 * far : 0) + (isAsked ? far / 2 : 0);
  };
  return names.toSorted((a, b) => rank(a) - rank(b));
}

/** `rows.length <= at`: it is `at` that is held against a limit. */
const sized = /^(\.|->|\?\.)(length|size|Length|Count|len|byteLength)\b/;

/** Longer than any condition. */
const far = 1_000;

function placeOf(clause: string, subject: string): number | null {
  const all = [...clause.matchAll(/[A-Za-z_$@][\w$]*/g)].filter(
    ([word]) => word === subject || word === `$${subject}` || word === `_${subject}`,
  );
  const bare =
    all.find(({ index }) => !isMember(clause, index) && callsAround(clause, index).length === 0) ??
    all.find(({ index }) => !isMember(clause, index));
  return (bare ?? all[0])?.index ?? null;
}

function isMember(clause: string, at: number): boolean {
  return /(?<!\.)\.$|->$|::$/.test(clause.slice(Math.max(0, at - 3), at));
}

/** What stands before an opening bracket: `rows[at].find`. */
function calleeAt(text: string, open: number): string {
  let at = open;
  while (at > 0) {
    const before = text[at - 1] ?? '';
    if (/[\w$@.?:]/.test(before)) at -= 1;
    else if (text.slice(at - 2, at) === '->') at -= 2;
    else if (before === ')' || before === ']') at = opening(text, at - 1);
    else break;
  }
  return text.slice(at, open);
}

function opening(text: string, close: number): number {
  let depth = 0;
  for (let at = close; at >= 0; at -= 1) {
    if (/[)\]]/.test(text[at] ?? '')) depth += 1;
    else if (/[([]/.test(text[at] ?? '')) depth -= 1;
    if (depth === 0) return at;
  }
  return 0;
}

/** `name.field[at].call(x)` from its first character on. */
function chainFrom(text: string, start: number): string {
  let at = start;
  for (;;) {
    const rest = text.slice(at);
    const word = /^(?:\?\.|->|::|\.)?[A-Za-z_$@][\w$]*(?:[?!](?![.=]))?|^(?:\?\.)?(?=[([])/.exec(
      rest,
    )?.[0];
    if (word === undefined || (at > start && /^[A-Za-z_$@]/.test(word))) break;
    at += word.length;
    if (/^[([]/.test(text.slice(at))) at = closing(text, at) + 1;
    else if (word === '') break;
  }
  return text.slice(start, at);
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (/[([]/.test(text[at] ?? '')) depth += 1;
    else if (/[)\]]/.test(text[at] ?? '')) depth -= 1;
    if (depth === 0) return at;
  }
  return text.length - 1;
}

/** `rows.length === 0` and `rows.isEmpty()` are about `rows`. */
function withoutSize(text: string): string {
  return text.replace(
    /(\?\.|\.|->)(byteLength|length|size|Length|Count|len|count|empty|isEmpty|is_empty|isBlank|blank|nil|zero|negative|positive|is_none|Any)\??(\(\))?$/,
    '',
  );
}
