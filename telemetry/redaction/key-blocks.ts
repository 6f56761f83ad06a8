/** Private keys in PEM and PGP's armour, and tokens of JOSE. */
import { endOf, endOfAll, type Finder } from './finding.ts';

const BEGIN = /-{4,5} ?BEGIN (?:[A-Z\d]+ ){0,5}PRIVATE KEY(?: BLOCK)? ?-{4,5}/g;
/** Between the lines of a key, their breaks escaped or not. */
const GAP = /[ \t\r\n]+|\\{1,8}[nrt]/y;
/** A line of the key, or one of its headers. */
const KEY_LINE =
  /(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID|Subject|X-[\w-]{1,40}): [^\r\n\\]*|=?[A-Za-z0-9+/]{16,}={0,2}|=?[A-Za-z0-9+/]{1,15}={0,2}(?![\w ,.:;!?])/y;

export const findKeyBlocks: Finder = (text, hide) => {
  if (!text.includes('PRIVATE KEY')) return;
  let done = 0;
  for (const { 0: head, index } of text.matchAll(BEGIN)) {
    if (index < done) continue;
    const start = index + head.length;
    const end = endOfBlock(text, start);
    hide(index, end);
    done = end;
  }
};

const MARK = /BEGIN |END /g;
const LAST_LINE = /END (?:[A-Z\d]+ ){0,5}KEY(?: BLOCK)? ?-{0,5}/y;

/** With its last line, or where the lines of a key end: it may have been cut off. */
function endOfBlock(text: string, start: number): number {
  // Whichever comes first, so that no part of the text is searched twice.
  MARK.lastIndex = start;
  const mark = MARK.exec(text)?.index ?? -1;
  const end = mark === -1 ? mark : endOf(LAST_LINE, text, mark);
  if (end > mark) return end;
  return endOfLines(text, start);
}

function endOfLines(text: string, start: number): number {
  let end = start;
  for (;;) {
    const at = endOfAll(GAP, text, end);
    const next = endOf(KEY_LINE, text, at);
    if (next === at) return end;
    end = next;
  }
}

/** Parts of a JOSE token are base64url; one that has a second part is a token. */
const PARTS = /(?<![\w-])[\w-]{8,}(?:\.[\w-]*){1,4}/g;

/** JWS and JWE: their first part is an object, which begins with `eyJ`. */
export const findJoseTokens: Finder = (text, hide) => {
  if (!text.includes('eyJ')) return;
  for (const { 0: all, index } of text.matchAll(PARTS)) {
    const [head = '', ...rest] = all.split('.');
    const at = head.indexOf('eyJ');
    if (at === -1 || head.length - at < 8 || rest.join('').length < 8) continue;
    hide(index + at, index + all.length);
  }
};
