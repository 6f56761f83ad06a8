/** Conditions that come out the same whatever the program does, told from their text in the words of every language. */

/** What names of the surroundings are known to hold: the texts of literals. */
export type KnownValues = ReadonlyMap<string, string>;

/**
 * Whether a condition is always true or always false; null where its text does not tell, which is the rule. Two
 * answers to one question (`x < 0 && x > 0`) contradict one another, and an answer or its opposite is always given.
 */
export function settledCondition(
  condition: string,
  known: KnownValues = new Map(),
): boolean | null {
  return valueOf(condition.trim(), known, levels).settled;
}

/** Brackets and negations that are looked into. */
const levels = 8;

/** What one part of a condition says. */
interface Said {
  settled: boolean | null;
  /** What it asks, where that is one thing. */
  asked?: Asked;
}

interface Asked {
  of: string;
  by: '==' | '!=' | '<' | '<=' | '>' | '>=';
  /** `===` tells `null` from `undefined`. */
  strict: boolean;
  literal: Literal;
}

type Literal = string | number | boolean | null;

const opposites = { '==': '!=', '!=': '==', '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const;
const turned = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function valueOf(text: string, known: KnownValues, depth: number): Said {
  const bare = withoutBrackets(text);
  if (depth === 0 || bare === '') return { settled: null };
  const ors = partsOf(bare, /\|\||\bor\b/g);
  if (ors.length > 1) return { settled: anyOf(ors.map((part) => valueOf(part, known, depth - 1))) };
  const ands = partsOf(bare, /&&|\band\b/g);
  if (ands.length > 1)
    return { settled: allOf(ands.map((part) => valueOf(part, known, depth - 1))) };
  const negated = /^not\b(.*)$/s.exec(bare)?.[1] ?? /^!(\(.*\)|[\w.$@?]+)$/s.exec(bare)?.[1];
  if (negated !== undefined) return opposite(valueOf(negated.trim(), known, depth - 1));
  return comparison(bare, known);
}

function opposite({ settled, asked }: Said): Said {
  return {
    settled: settled === null ? null : !settled,
    ...(asked === undefined ? {} : { asked: { ...asked, by: opposites[asked.by] } }),
  };
}

function anyOf(parts: readonly Said[]): boolean | null {
  if (parts.some(({ settled }) => settled === true)) return true;
  if (parts.every(({ settled }) => settled === false)) return false;
  // What is neither below nor above a number may be no number.
  const denied = parts
    .filter(({ asked }) => asked?.by === '==' || asked?.by === '!=')
    .map(opposite);
  return contradict(denied) ? true : null;
}

function allOf(parts: readonly Said[]): boolean | null {
  if (parts.some(({ settled }) => settled === false)) return false;
  if (parts.every(({ settled }) => settled === true)) return true;
  return contradict(parts) ? false : null;
}

function contradict(parts: readonly Said[]): boolean {
  const asked = parts.flatMap((part) => part.asked ?? []);
  return asked.some((one, at) => asked.slice(at + 1).some((other) => excludes(one, other)));
}

/** Whether nothing answers both. */
function excludes(one: Asked, other: Asked): boolean {
  if (one.of !== other.of) return false;
  const [a, b] = [one.literal, other.literal];
  const signs = [one.by, other.by];
  if (signs.every((sign) => sign === '==')) return a !== b && sameType(a, b) && a !== null;
  if (signs.includes('==') && signs.includes('!=')) return a === b && one.strict === other.strict;
  return (
    typeof a === 'number' &&
    typeof b === 'number' &&
    isApart(bounds(one.by, a), bounds(other.by, b))
  );
}

function sameType(a: Literal, b: Literal): boolean {
  return (a === null) === (b === null) && typeof a === typeof b;
}

/** No number is in both. */
function isApart(low: Bounds, high: Bounds): boolean {
  const [from, to] = [Math.max(low.from, high.from), Math.min(low.to, high.to)];
  return from > to || (from === to && (low.open || high.open));
}

interface Bounds {
  from: number;
  to: number;
  /** Without the ends. */
  open: boolean;
}

/** The numbers that answer. */
function bounds(by: Asked['by'], literal: number): Bounds {
  const open = by === '<' || by === '>';
  if (by === '==') return { from: literal, to: literal, open: false };
  if (by === '!=') return { from: -Infinity, to: Infinity, open: false };
  return by.startsWith('<')
    ? { from: -Infinity, to: literal, open }
    : { from: literal, to: Infinity, open };
}

const operators =
  /(===|!==|==|!=|<=|>=|(?<![<\-=])<(?![<])|(?<![>\-=])>(?![>])|\bis not\b|\bis\b)/g;

function comparison(text: string, known: KnownValues): Said {
  const [sign, ...more] = outside(text, operators);
  if (sign === undefined) return truth(text, known);
  if (more.length > 0) return { settled: null };
  const left = text.slice(0, sign.index).trim();
  const right = text.slice(sign.index + sign[0].length).trim();
  const by = operatorOf(sign[0]);
  const strict = sign[0] !== '==' && sign[0] !== '!=';
  const a = rangeOf(left, known);
  const b = a && rangeOf(right, known);
  if (a && b) return { settled: compared(a, by, b) };
  const literal = literalOf(right, known);
  if (literal !== undefined && isSteady(left))
    return { settled: null, asked: { of: squeezed(left), by, strict, literal } };
  const turnedLiteral = literalOf(left, known);
  return turnedLiteral !== undefined && isSteady(right)
    ? {
        settled: null,
        asked: { of: squeezed(right), by: turned[by], strict, literal: turnedLiteral },
      }
    : { settled: null };
}

function operatorOf(sign: string): Asked['by'] {
  if (/^(===?|is)$/.test(sign)) return '==';
  return /^(!==?|is not)$/.test(sign) ? '!=' : (sign as Asked['by']);
}

/** A value alone, `ready`, `false`: what is taken for true need not be `true`. */
function truth(text: string, known: KnownValues): Said {
  const literal = literalOf(text, known);
  if (literal !== undefined) return { settled: isTrue(literal) };
  return isSteady(text)
    ? { settled: null, asked: { of: `?${squeezed(text)}`, by: '==', strict: true, literal: true } }
    : { settled: null };
}

/** Texts without letters and zero differ from language to language. */
function isTrue(literal: Literal): boolean | null {
  if (literal === '' || literal === 0) return null;
  return literal !== null && literal !== false;
}

interface Range {
  from: number;
  to: number;
  /** One value, which may be no number. */
  value?: Literal;
}

function compared(a: Range, by: Asked['by'], b: Range): boolean | null {
  if (by === '!=') {
    const equal = compared(a, '==', b);
    return equal === null ? null : !equal;
  }
  if (by === '==') return equality(a, b);
  return by === '>' || by === '>='
    ? isBelow(b, turned[by] === '<=', a)
    : isBelow(a, by === '<=', b);
}

function isBelow(a: Range, orEqual: boolean, b: Range): boolean | null {
  if (a.to < b.from || (orEqual && a.to === b.from)) return true;
  return a.from > b.to || (!orEqual && a.from === b.to) ? false : null;
}

function equality(a: Range, b: Range): boolean | null {
  if (a.value !== undefined && b.value !== undefined)
    return sameType(a.value, b.value) ? a.value === b.value : null;
  return a.to < b.from || b.to < a.from ? false : null;
}

/** What a text can come to: a literal, or one of the values that no program changes. */
function rangeOf(text: string, known: KnownValues): Range | null {
  const literal = literalOf(text, known);
  if (literal !== undefined) {
    const number = typeof literal === 'number' ? literal : NaN;
    return { from: number, to: number, value: literal };
  }
  const bare = withoutBrackets(text);
  for (const { pattern, from, to } of ranges) if (pattern.test(bare)) return { from, to };
  return null;
}

/** Clocks, chance, sizes and constants of the libraries that come with the languages. */
const ranges: { pattern: RegExp; from: number; to: number }[] = [
  {
    pattern:
      /^(Date\.now\(\)|performance\.now\(\)|process\.uptime\(\)|time\.(time|monotonic)\(\)|(std::)?time\((nullptr|NULL|0)?\)|microtime\(true\)|System\.(currentTimeMillis|nanoTime)\(\)|Time\.now\.(to_i|year)|DateTime\.(Utc)?Now\.(Year|Ticks)|new Date\(\)\.get(FullYear|Time)\(\)|time\.Now\(\)\.(Unix\w*|Year)\(\))$/,
    from: 1,
    to: Infinity,
  },
  {
    pattern: /^(Math\.random\(\)|random\.random\(\)|rand\.Float64\(\))$/,
    from: 0,
    to: 1,
  },
  { pattern: /^(Math\.PI|Math::PI|math\.pi|math\.Pi|M_PI)$/, from: 3.1, to: 3.2 },
  {
    pattern:
      /^(Number\.(MAX_SAFE_INTEGER|MAX_VALUE)|(Integer|Long)\.MAX_VALUE|sys\.maxsize|int\.MaxValue|math\.MaxInt\w*|PHP_INT_MAX|INT_MAX|(i32|i64|u32|u64|usize)::MAX)$/,
    from: 2_147_483_647,
    to: Infinity,
  },
  { pattern: /^[\w.$]+(\.|->)(length|size\(\)|length\(\)|len\(\)|Length)$/, from: 0, to: Infinity },
  { pattern: /^(len|strlen|count)\([\w.$]+\)$/, from: 0, to: Infinity },
];

/** Undefined for what is no literal. */
function literalOf(text: string, known: KnownValues): Literal | undefined {
  const bare = withoutBrackets(text);
  const held = known.get(bare.replace(/^\$/, '')) ?? bare;
  if (/^-?\d[\d_]*(\.\d+)?$/.test(held)) return Number(held.replaceAll('_', ''));
  if (/^(true|True|TRUE)$/.test(held)) return true;
  if (/^(false|False|FALSE)$/.test(held)) return false;
  if (/^(null|None|nil|undefined|nullptr|NULL)$/.test(held)) return null;
  return /^(["'])((?:(?!\1)[^\\$#{}\n])*)\1$/.exec(held)?.[2];
}

/** Names, fields and what only tells of a value, which give the same twice; another call may not. */
function isSteady(text: string): boolean {
  return steady.test(text) && /[A-Za-z_]/.test(text);
}

const steady =
  /^[\w.$@?]+(?:\.(?:get[A-Z]\w*|is[A-Z]\w*|hashCode|size|length|len|count|toString|name|ordinal)\(\))?$/;

function squeezed(text: string): string {
  return text.replaceAll(/\s/g, '');
}

/** Without the brackets around all of it. */
function withoutBrackets(text: string): string {
  let bare = text.trim();
  while (bare.startsWith('(') && closing(bare) === bare.length - 1) bare = bare.slice(1, -1).trim();
  return bare;
}

function closing(text: string): number {
  let open = 0;
  for (const { 0: sign, index } of outsideTexts(text, /[()]/g)) {
    open += sign === '(' ? 1 : -1;
    if (open === 0) return index;
  }
  return -1;
}

function partsOf(text: string, joint: RegExp): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const { 0: word, index } of outside(text, joint)) {
    parts.push(text.slice(from, index));
    from = index + word.length;
  }
  return [...parts, text.slice(from)];
}

/** Matches that stand in no brackets and no quotes. */
function outside(text: string, pattern: RegExp): RegExpExecArray[] {
  const found = outsideTexts(text, pattern);
  const brackets = found.length === 0 ? [] : outsideTexts(text, /[()[\]{}]/g);
  return found.filter(({ index }) => {
    let open = 0;
    for (const { 0: sign, index: at } of brackets)
      if (at < index) open += /[([{]/.test(sign) ? 1 : -1;
    return open === 0;
  });
}

/** Of most patterns a condition has none, and most conditions have no texts. */
function outsideTexts(text: string, pattern: RegExp): RegExpExecArray[] {
  if (text.search(pattern) < 0) return [];
  return [...text.replaceAll(quoted, (found) => '_'.repeat(found.length)).matchAll(pattern)];
}

const quoted = /"[^"\n]*"|'[^'\n]*'|`[^`]*`/g;
