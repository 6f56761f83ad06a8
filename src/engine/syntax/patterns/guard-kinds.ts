import type { GuardFacts } from '../../pattern-facts.ts';
import { isSought } from './guard-operands.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

type Kind = GuardFacts['kind'];

/** `if (!name)`: whatever has no value. */
const falsy = /^[(\s]*(?:not\s+|!\s*)([\w$.@?]+?(?:->\w+)*)[)\s]*$/;
/** Where only what is true or false can be negated. */
const strict = /^(go|java|csharp|rust)$/;
/** Where only what is missing (or false) is no value. */
const missing = /^(cpp|ruby)$/;
const truths =
  /(^|[._])(ok|found|valid|success|done|exists|open|ready|active|alive|running|busy|quiet|verbose|force|strict|debug|dirty|visible|empty|\w*(ed|able)|(is|has|can|was|should|will|did|allow|enable|disable|use)(_\w+|[A-Z]\w*))$/;

/** The first that fits the condition's text names the kind. */
const kinds: [Kind, RegExp][] = [
  [
    'null',
    /(===?|!==?|\bis( not)?)\s*(null|None|nil|undefined|nullptr|NULL)\b|\b(null|nil|nullptr)\s*[!=]=|\.nil\?|\.is_none\(|is_null\(|IsNull(OrEmpty|OrWhiteSpace)?\(|isNull\(|[!=]=[^=]*(\.|->)c?end\(\)/,
  ],
  ['nan', /\bis_?nan\(|\.nan\?/i],
  [
    'type',
    /\b(isinstance|typeof|instanceof|is_(string|int|array|numeric|bool|float|object)|Array\.isArray|Number\.isInteger|hasattr|callable|is\s+(string|int|null\b)?[A-Z]\w*)\b|\.(is_a|kind_of|instance_of|respond_to)\?|\.\(\w+\)/,
  ],
  [
    'empty',
    /\.(byteLength|length|size|Length|Count)(\(\))?\s*([!=]==?\s*0\b|<\s*1\b|<=\s*0\b|>\s*0\b|>=\s*1\b)|\b(len|count|strlen)\([^)]*\)\s*([!=]==?\s*0\b|<\s*1\b|<=\s*0\b|>\s*0\b|>=\s*1\b)|\.is_?empty\b|\.isEmpty\(|\.empty\(|\.(empty|blank)\?|\bempty\(|[!=]==?\s*(""|''|\[\])|\.Any\(\)|!\s*[\w$.?]+\.(length|size|Length)\b|^[(\s]*(!\s*|not\s+)(len|count)\([^()]*\)|^[(\s]*(!\s*|not\s+)[\w.$@?]+(\.|->)(trim|strip|Trim)\(\)[)\s]*$/,
  ],
  [
    'size',
    /(\.(byteLength|length|size|Length|Count)(\(\))?|\b(len|count|strlen)\([^)]*\))\s*([!=]==?|[<>]=?)\s*\d/,
  ],
  [
    'bounds',
    /(?<![-=<>])(?:>=?|<=?)\s*[\w$.>-]*(\.(length|size|Length|Count)\b|len\(|count\(|max|min|limit|capacity|MAX|MIN|LIMIT)/i,
  ],
  ['negative', /<=?\s*0(\.0)?\b|<\s*1\b|\.negative\?|!\(?[\w.@]+\.positive\?/],
  ['zero', /===?\s*0(\.0)?\b|\.zero\?/],
  [
    'duplicate',
    /(?<![-+*/%]\s*[\w.]+\s+)\b(in|not in)\s+[\w.$]*(seen|visited|used|known|exist|done)\w*|\b\w*(seen|visited|used|known|existing)\w*(\.|->)(has|contains|includes|include\?|key\?|count|find)/i,
  ],
  [
    'membership',
    /^[(\s]*[\w.$]+\s+not\s+in\s+[A-Za-z_][\w.]*[)\s]*$|(has|contains|contains?Key|includes|contains_key|array_key_exists|isset)\(|\b(include|key)\?/i,
  ],
  // No arrow, no shift and no stream of C++.
  ['bounds', /(?<![-=<>])[<>](?![<>])=?\s*[\w$.-]+/],
];

/** What helpers of .NET and others ask for by their names; null for other clauses. */
function kindByHelper(clause: string): Kind | null {
  if (/requireNonNull|checkNotNull|[nN]otNull/.test(clause)) return 'null';
  if (/!\s*[\w.]+\.TryAdd\(/.test(clause)) return 'duplicate';
  const thrown = /\bThrowIf(\w+)/.exec(clause)?.[1];
  if (thrown !== undefined)
    return throwHelpers.find(([, word]) => word.test(thrown))?.[0] ?? 'other';
  // `hour % 24 >= 6` chooses.
  return /%\s*\w+\s*([!=]==?|[<>])/.test(clause) ? 'other' : null;
}

/** What a clause of a condition checks a name for. */
export function kindOf(clause: string, subject: string, tree: SyntaxTree): Kind {
  const told = kindByHelper(clause);
  if (told !== null) return told;
  const negated = falsy.exec(clause)?.[1];
  const kind = kinds.find(([, pattern]) => pattern.test(clause))?.[0];
  if (negated !== undefined) return kind ?? negatedKind(negated, tree);
  if (kind === 'null') return kindOfNull(clause);
  const isSearch = kind === 'duplicate' || kind === 'membership';
  return isSearch ? kindOfSearch(kind, clause, subject) : (kind ?? 'other');
}

/** What the helpers of .NET refuse: `ArgumentOutOfRangeException.ThrowIfNegative(stock)`. */
const throwHelpers: [Kind, RegExp][] = [
  ['empty', /Empty|WhiteSpace/],
  ['null', /Null/],
  ['negative', /Negative/],
  ['zero', /Zero/],
  ['bounds', /Greater|Less/],
];

/** `if (timer != null) throw …`: it is there already. */
function kindOfNull(clause: string): Kind {
  if (!asksForPresence(clause) || /^[(\s]*(!|not\b)/.test(clause)) return 'null';
  return keeps.test(clause) ? 'duplicate' : 'other';
}

/** Calls that give what was there before. */
const keeps = /\b(put|putIfAbsent|get|find\w*|lookup|query\w*|exists\w*)\(/;

/** `if (!known.has(key)) return null` asks whether it is known; `email.includes('@')` looks for no email. */
function kindOfSearch(kind: 'duplicate' | 'membership', clause: string, subject: string): Kind {
  const sought = isSought(clause, subject);
  if (/^[(\s]*(!|not\b)|\bnot\s+in\b/.test(clause)) return sought ? 'membership' : 'other';
  return sought || kind === 'duplicate' ? kind : 'other';
}

/** `options != null && …`: that there is one is asked before it is looked at. */
export function asksForPresence(clause: string): boolean {
  return /(!==?\s*|\bis not\s+)(null|None|nil|undefined|nullptr|NULL)\b/.test(clause);
}

function negatedKind(name: string, tree: SyntaxTree): Kind {
  const { language } = tree.table;
  if (strict.test(language) || isTruth(name, tree)) return 'other';
  // `order.save` of Ruby is a call, which tells how it went.
  if (language === 'ruby' && /\w\.\w/.test(name)) return 'other';
  return missing.test(language) ? 'null' : 'falsy';
}

/** The name is that of a truth value, by its word or since the file gives it one. */
function isTruth(name: string, tree: SyntaxTree): boolean {
  const last = /[A-Za-z_$][\w$]*$/.exec(name)?.[0] ?? name;
  return truths.test(last) || flagsOf(tree).has(last);
}

const flags = new WeakMap<SyntaxTree, ReadonlySet<string>>();
const flagged =
  /([A-Za-z_$][\w$]*)\??\s*(?::\s*[\w.]+\s*)?=\s*(?:true|false|True|False)\b|([A-Za-z_$][\w$]*)\??\s*:\s*bool(?:ean)?\b|\bbool\s+\$?([A-Za-z_]\w*)/g;

function flagsOf(tree: SyntaxTree): ReadonlySet<string> {
  const known = flags.get(tree) ?? new Set(wordsFound(tree.source));
  flags.set(tree, known);
  return known;
}

function wordsFound(source: string): string[] {
  const told = [...source.matchAll(flagged)].map((found) => found[1] ?? found[2] ?? found[3] ?? '');
  return [...told, ...[...source.matchAll(answered)].map(([, name = '']) => name)];
}

/** Given by a call that answers yes or no, or by a comparison: `valid = hasher.verify(…)`, `same = await bcrypt.compare(…)`. */
const answered =
  /([A-Za-z_$][\w$]*)\s*(?::\s*[\w.]+\s*)?=\s*(?:await\s+)?(?:!(?!=)|not\s|[\w$.>:-]*(?:\.|->|::|\b)(?:verify|compare(?:Sync)?|check_password(?:_hash)?|checkPassword|password_verify|matches|equals|test|some|every|includes|has|contains|startsWith|endsWith|startswith|endswith|isdigit|exists(?:Sync)?|(?:is|has|can)(?:[A-Z]|_[a-z])\w*)\(|[\w$.()[\]]+\s*(?:===|!==)\s)/g;

/** `if (copy == NULL) return false`, `if (key === undefined) return`, `if (found == index.end()) return {}`. */
export function asksForNothing(clause: string): boolean {
  return forNothing.test(clause);
}

const forNothing =
  /(?<![!=])={2,3}\s*(null|undefined|nil|None|NULL|nullptr)\b|\bis None\b|(?<!!)\bis_null\(|^[^!]*\.nil\?|==.*(\.|->)c?end\(\)/;
