/** Where the value behind a name ends, and whether it is one at all. */
import { endOf, endOfAll, looksOpaque, matchesAt } from './finding.ts';

export interface Value {
  start: number;
  end: number;
  quoted: boolean;
}

/** How a string is opened, in JSON in a string of JSON, in a URL or in a page as well. */
const OPENING =
  /[bBuUrRfFNE@]?(\\{0,31})(["'`])|(&(?:quot|apos|#0?3[49]|#x2[27]);|\\{1,8}u002[27])/y;

/** Of a text that is not quoted; other characters end the value if what follows them says so. */
const UNQUOTED =
  /[^\s"'`\\&,;<>)}\]]+|["'`](?![\s,;:.)}\]>&\\]|$)|\\(?![nrtu"'`\\])|&(?![\w.%[\]-]{1,40}=|quot;|apos;|#|lt;|gt;|amp;)|[,;](?![\s)\]}]|$|["'`\\]|[\w.-]{1,40}[=:])|<(?![\w/!])|[)}\]>](?![\s,;.:)}\]>"'`\\]|$)/y;

/** The value that begins at a position; `null`: an object, whose members have names of their own. */
export function readValue(text: string, at: number, unclosed: Set<string>): Value {
  OPENING.lastIndex = at;
  const opening = OPENING.exec(text);
  if (opening !== null) {
    const start = at + opening[0].length;
    const [, escapes = '', quote = '', entity] = opening;
    const end =
      entity === undefined
        ? endOfQuoted(text, start, quote, escapes.length, unclosed)
        : endOfEntity(text, start, entity);
    return { start, end, quoted: true };
  }
  if (text[at] === '[') return { start: at, end: endOf(/\[[^\]]*\]?/y, text, at), quoted: true };
  const block = endOf(/[|>][-+]?[ \t]*\r?\n[ \t]+/y, text, at);
  if (block > at) {
    const end = endOfAll(/[^\r\n]+|\r?\n[ \t]+/y, text, block);
    return { start: block, end, quoted: true };
  }
  const end = endOfAll(UNQUOTED, text, at);
  return {
    start: at,
    end: at + text.slice(at, end).replace(/[.:]{1,3}$/, '').length,
    quoted: false,
  };
}

/**
 * A quote closes what a quote with `escapes` backslashes opened if as many stand before it; each that
 * is itself escaped on that level adds twice the level's own. What is never closed was cut off: the
 * rest of the line belongs to it.
 */
function endOfQuoted(
  text: string,
  start: number,
  quote: string,
  escapes: number,
  unclosed: Set<string>,
): number {
  const key = quote + String(escapes);
  if (!unclosed.has(key)) {
    const quotes = quote === '"' ? /(?<!\\)\\*"/g : quote === "'" ? /(?<!\\)\\*'/g : /(?<!\\)\\*`/g;
    quotes.lastIndex = start;
    for (let found = quotes.exec(text); found !== null; found = quotes.exec(text)) {
      const before = found[0].length - 1;
      if (before < escapes) return found.index;
      const closes = (before - escapes) % (2 * (escapes + 1)) === 0;
      if (closes && !isContinued(text.charAt(quotes.lastIndex), quote)) {
        return quotes.lastIndex - 1 - escapes;
      }
    }
    unclosed.add(key);
  }
  return endOf(/[^\r\n]*/y, text, start);
}

/** A letter follows, or the quote again, which is how SQL writes it in a string. */
function isContinued(next: string, quote: string): boolean {
  return /\w/.test(next) || (quote === "'" && next === quote);
}

function endOfEntity(text: string, start: number, entity: string): number {
  const end = text.indexOf(entity, start);
  return end === -1 ? endOf(/[^\s&]*/y, text, start) : end;
}

/** What stands where a value would: nothing, a type, a reference, a sentence about the value. */
const WORDS = new Set(
  `true false null nil undefined nan none void never unknown any string number integer boolean bool
   object array symbol bigint optional required mandatory missing empty blank absent present set unset
   given not no yes on off ok okay valid invalid expired revoked malformed mismatch incorrect wrong
   denied failed fails failure error errors rejected accepted expected unexpected unsupported enabled
   disabled allowed forbidden unauthorized unauthorised authentication authorization must should may
   might can cannot could will would shall has have had is isn are was were be been being does do did
   please enter a an the this that these those it its in of for with without to from by and or nor but
   if when where while as at on into than then via per your our their my his her all each every some
   one two both either header headers token tokens cookie cookies secret secrets password passwords
   credential credentials key keys value values field fields name names flag flags option options
   argument parameter param include omit same-origin redacted hidden masked filtered removed omitted
   default defaults auto manual see use used using bearer basic digest lax strict session strong weak
   medium too short long minimum maximum min max length characters chars policy rotation rotated reset
   changed updated created deleted deprecated encrypted hashed signed verified verification checked
   stored loaded found ignored skipped blocked refused consumed available unavailable after before
   because only also already again still never always sent received unchanged inherit prompt ask asks
   contains lacks belongs requires needs got saw read readonly await async typeof function new
   buffer uint8array keyobject cryptokey bytes byte char varchar text str uuid date json jsonb`.split(
    /\s+/,
  ),
);

const MASKED = /^(?:[*•.…_-]+|[xX]{3,}|[!-/:-@[-`{-~]{1,3}|\?|\$\d{1,2})$/;
const BRACKETED = /^(?:\[[\w .]{0,40}\]?|<[\w .:-]{0,40}>?|\{\{?[^{}]{0,80}\}{0,2}|\(\w{0,20}\)?)$/;
const REFERENCE =
  /^(?:\$\{[^}]{0,80}\}?|\$[A-Z_][A-Z0-9_]*|\$\([^)]{0,80}\)?|%[sdvqjo]|%\(\w{1,40}\)s|(?:process\.env|import\.meta|os\.environ|os\.getenv|env|secrets|vars|config|req|request|ctx|this|self|options|opts|params|settings|body)\b[.[(].*)$/;

/** Whether there is nothing to hide: no value, a word about it, or one that is hidden already. */
export function tellsNothing(value: string): boolean {
  const bare = value.trim();
  return (
    WORDS.has(bare.toLowerCase()) ||
    MASKED.test(bare) ||
    BRACKETED.test(bare) ||
    REFERENCE.test(bare) ||
    bare === ''
  );
}

/** More words, and no `name=` or `name:` among them. */
const MORE_WORDS = /[ \t]+(?![\w.-]{1,40}["']?[=:])[^\s=:]/y;
const CALL = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*[([]/;
const MEMBER = /^[A-Za-z_$][A-Za-z_$]*(?:\.[A-Za-z_$]+)+$/;

/**
 * Whether what follows a name without quotes is a sentence or a program.
 *
 * @param separator what stands between name and value
 * @param isToken tokens are no words, passwords may be
 */
export function readsAsProse(text: string, value: Value, separator: string, isToken: boolean) {
  const word = text.slice(value.start, value.end);
  if (/^\s+=+\s/.test(separator)) return CALL.test(word) || MEMBER.test(word);
  if (isToken && /^[A-Za-z]{1,15}$/.test(word)) return !/=/.test(separator);
  if (!/^(?:[A-Za-z]?[a-z'’-]+|[A-Z]+)$/.test(word))
    return !/=/.test(separator) && CALL.test(word) && !looksOpaque(word);
  if (/=/.test(separator)) return false;
  return matchesAt(MORE_WORDS, text, value.end) || (isToken && word.length < 16);
}
