/**
 * The work of regular expressions, counted instead of timed: while `countSteps` runs, every
 * expression is searched a second time by a backtracking matcher that counts the characters and
 * positions it looks at, as V8's does without its shortcuts. Its matches are compared with V8's.
 */
import assert from 'node:assert/strict';

/** From a position to the end of the match, or -1. */
type Matcher = (at: number) => number;
/** A piece of an expression: given what has to follow, what it matches. */
type Piece = (next: Matcher, run: Run) => Matcher;
interface Run {
  text: string;
  steps: number;
}

// oxlint-disable-next-line typescript/unbound-method
const exec = RegExp.prototype.exec;
const matches = (regex: RegExp, text: string) => exec.call(regex, text) !== null;

/** The characters and positions that `work` makes expressions, `indexOf` and `lastIndexOf` visit. */
export function countSteps(work: () => void): number {
  let steps = 0;
  let counting = false;
  const restore = [
    replaceMethod(RegExp.prototype, 'exec', function (this: RegExp, text: string) {
      // The matcher below uses expressions, too.
      if (counting) return exec.call(this, text);
      counting = true;
      const from = this.global || this.sticky ? this.lastIndex : 0;
      const found = exec.call(this, text);
      const counted = search(this, text, from);
      assert.deepEqual(counted.match, found && [found.index, found[0].length], String(this));
      steps += counted.steps;
      counting = false;
      return found;
    }),
    ...(['indexOf', 'lastIndexOf'] as const).map((name) => {
      // oxlint-disable-next-line typescript/unbound-method
      const original = String.prototype[name];
      return replaceMethod(
        String.prototype,
        name,
        function (this: string, part: string, from = name === 'indexOf' ? 0 : this.length) {
          const found = original.call(this, part, from);
          const last = name === 'indexOf' ? this.length : 0;
          steps += Math.abs((found === -1 ? last : found) - from) + 1;
          return found;
        },
      );
    }),
  ];
  try {
    work();
  } finally {
    for (const undo of restore) undo();
  }
  return steps;
}

function replaceMethod(owner: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name) ?? {};
  Object.defineProperty(owner, name, { ...before, value });
  return () => void Object.defineProperty(owner, name, before);
}

function search(regex: RegExp, text: string, from: number) {
  const run: Run = { text, steps: 0 };
  const matcher = parse(regex)((at) => at, run);
  const last = regex.sticky ? from : text.length;
  for (let at = from; at <= last; at++) {
    run.steps++;
    const end = matcher(at);
    if (end >= 0) return { match: [at, end - at], steps: run.steps };
  }
  return { match: null, steps: run.steps };
}

const parsed = new Map<string, Piece>();

function parse(regex: RegExp): Piece {
  const key = String(regex);
  const piece = parsed.get(key) ?? createParser(regex).alternatives();
  parsed.set(key, piece);
  return piece;
}

const QUANTIFIER = /(?:[*+?]|\{(\d+)(,(\d*))?\})(\??)/y;
/** One of: a class, an escape, the beginning of a group, anything else. */
const ATOM = /\[(?:\\[^]|[^\]\\])*\]|\\u[0-9a-f]{4}|\\[^]|\((?:\?(?:<?[=!]|:))?|[^]/y;

function createParser(regex: RegExp) {
  const { source } = regex;
  const flags = regex.flags.replaceAll(/[gy]/g, '');
  let at = 0;

  const read = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = exec.call(pattern, source);
    at += found?.[0].length ?? 0;
    return found;
  };
  const alternatives = (): Piece => {
    const options = [sequence()];
    while (source[at] === '|') {
      at++;
      options.push(sequence());
    }
    return options.length === 1 ? (options[0] as Piece) : either(options);
  };
  const sequence = (): Piece => {
    const items: Piece[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') items.push(item());
    return (next, run) => items.reduceRight((rest, piece) => piece(rest, run), next);
  };
  const item = (): Piece => {
    const atom = read(ATOM)?.[0] ?? '';
    const single = isSingle(atom) ? characters(atom, flags) : undefined;
    const piece = single === undefined ? compound(atom) : one(single);
    const found = read(QUANTIFIER);
    if (found === null) return piece;
    assert.equal(found[4], '', 'lazy quantifiers are not understood');
    const [min, max] = bounds(found);
    return single === undefined ? repeat(piece, min, max) : repeatOne(single, min, max);
  };
  const compound = (atom: string): Piece => {
    if (!atom.startsWith('(')) return position(atom, flags);
    const body = alternatives();
    at++;
    return atom === '(' || atom === '(?:' ? body : look(atom, body);
  };
  return { alternatives };
}

function isSingle(atom: string): boolean {
  return !atom.startsWith('(') && !['^', '$', String.raw`\b`, String.raw`\B`].includes(atom);
}

function bounds([quantifier, low, comma, high]: RegExpExecArray): [number, number] {
  if (low === undefined) return [quantifier === '+' ? 1 : 0, quantifier === '?' ? 1 : Infinity];
  const min = Number(low);
  if (comma === undefined) return [min, min];
  return [min, high === '' ? Infinity : Number(high)];
}

/** Whether a character is one that the atom matches, as V8 says. */
function characters(atom: string, flags: string): (character: string) => boolean {
  const regex = new RegExp(`^(?:${atom})$`, flags.replace('m', ''));
  const known = new Map<string, boolean>();
  return (character) => {
    const is = known.get(character) ?? matches(regex, character);
    known.set(character, is);
    return is;
  };
}

function one(is: (character: string) => boolean): Piece {
  return (next, run) => (at) => {
    run.steps++;
    return at < run.text.length && is(run.text.charAt(at)) ? next(at + 1) : -1;
  };
}

function repeatOne(is: (character: string) => boolean, min: number, max: number): Piece {
  return (next, run) => (at) => {
    let count = 0;
    while (count < max && at + count < run.text.length && is(run.text.charAt(at + count))) count++;
    run.steps += count + 1;
    for (; count >= min; count--) {
      run.steps++;
      const end = next(at + count);
      if (end >= 0) return end;
    }
    return -1;
  };
}

function repeat(body: Piece, min: number, max: number): Piece {
  return (next, run) => {
    const rounds: Matcher[] = [];
    const round = (count: number): Matcher =>
      (rounds[count] ??= (at) => {
        const again = (to: number) => (to === at ? -1 : round(count + 1)(to));
        const end = count < max ? body(again, run)(at) : -1;
        return end < 0 && count >= min ? next(at) : end;
      });
    return round(0);
  };
}

function either(options: Piece[]): Piece {
  return (next, run) => {
    const matchers = options.map((option) => option(next, run));
    return (at) => {
      for (const matcher of matchers) {
        const end = matcher(at);
        if (end >= 0) return end;
      }
      return -1;
    };
  };
}

/** `^`, `$`, `\b`: they see the characters beside the position only. */
function position(atom: string, flags: string): Piece {
  const regex = new RegExp(atom, `${flags}y`);
  return (next, run) => (at) => {
    run.steps++;
    regex.lastIndex = at;
    return matches(regex, run.text) ? next(at) : -1;
  };
}

/** Behind the position one character only. */
function look(atom: string, body: Piece): Piece {
  return (next, run) => {
    const matcher = body((end) => end, run);
    return (at) => {
      const end = atom.startsWith('(?<') ? behind(matcher, at) : matcher(at);
      return end >= 0 === atom.endsWith('=') ? next(at) : -1;
    };
  };
}

function behind(matcher: Matcher, at: number): number {
  return at > 0 && matcher(at - 1) === at ? at : -1;
}
