/** Whether a secret can be guessed. What is said of one never quotes it. */

/** Bytes of key material: those that hexadecimal or base64 text stands for, else those of the text. */
export function keyBytes(text: string): number {
  if (isHex(text)) return text.length / 2;
  const [, digits] = /^([\w+/-]+)={0,2}$/.exec(text) ?? [];
  return digits === undefined ? Buffer.byteLength(text) : Math.floor((digits.length * 3) / 4);
}

/** What stands in guides, templates and tutorials, and what lies beside each other on a keyboard. */
const words =
  /change.?(me|this|it)|default|secret|example|generate|placeholder|passwor[dt]|replace|your.?(key|pass|own)|sample|insecure|production|development|sono.?eval|superset|admin.?key|signing|letmein|qwerty|asdfgh|zxcvbn|12345678|98765432/i;
/** `<strong-password>` */
const blank = /<[a-z _-]{3,40}>/i;
/** Too short to be looked for inside of random text; keys are not made of words. */
const shortWords =
  /(^|[-_. ])(test|testing|dev|demo|dummy|todo|redis|admin|root|user|key)($|[-_. ])/i;

/** A word for a blank that was never filled in, or one that everybody tries. */
export function isPlaceholder(text: string): boolean {
  return words.test(text) || blank.test(text) || /^x{3,}$|^\*+$/i.test(text);
}

/** Of 64 random hexadecimal digits 23 in 100 lack one of the sixteen, and 1 in 10,000 has less than 3.5 bits. */
const HEX = { distinct: 10, bitsPerCharacter: 3 };
const TEXT = { distinct: 16, bitsPerCharacter: 3.5 };

/**
 * What is wrong with a key, in words that follow its name; null for a strong one. `openssl rand -base64 48` and
 * `openssl rand -hex 32` make such.
 *
 * @param minBytes of key material
 */
export function weakness(text: string, minBytes: number): string | null {
  if (isPlaceholder(text) || shortWords.test(text)) return 'is a default or guessable value';
  if (keyBytes(text) < minBytes)
    return `must have at least ${minBytes} bytes, ${Math.ceil((minBytes * 4) / 3)} characters of base64 or ${minBytes * 2} of hexadecimal`;
  const { distinct, bitsPerCharacter } = isHex(text) ? HEX : TEXT;
  const isRegular = isRepeated(text) || isSequence(text);
  const isPoor = new Set(text).size < distinct || entropy(text) < bitsPerCharacter;
  return isRegular || isPoor ? 'is too regular to be random' : null;
}

/** Fewer demands, for what somebody may have to type. @param minLength characters */
export function weakPassword(text: string, minLength: number): string | null {
  if (isPlaceholder(text)) return 'is a default or guessable value';
  if (text.length < minLength) return `must have at least ${minLength} characters`;
  const isRegular = isRepeated(text) || isSequence(text) || new Set(text).size < 8;
  return isRegular ? 'is too regular to be random' : null;
}

function isHex(text: string): boolean {
  return /^([0-9a-f]{2})+$/i.test(text);
}

/** Shannon's, in bits per character, of the characters as they are distributed in the text. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

/** The same block again and again, the last one cut perhaps. */
function isRepeated(text: string): boolean {
  for (let period = 1; period <= text.length / 2; period += 1) {
    if (text.startsWith(text.slice(period))) return true;
  }
  return false;
}

/** `abcdef…`, `9876…`, `aaaa…`: most characters follow from the one before. */
function isSequence(text: string): boolean {
  let steps = 0;
  for (let i = 1; i < text.length; i += 1) {
    if (Math.abs(text.charCodeAt(i) - text.charCodeAt(i - 1)) <= 1) steps += 1;
  }
  return steps > text.length / 2;
}
