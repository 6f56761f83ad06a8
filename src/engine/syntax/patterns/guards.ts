import type { GuardFacts } from '../../facts.ts';
import { callAt } from '../calls.ts';
import { parameterFacts } from '../parameters.ts';
import { unitOf, type Context } from './context.ts';

/** The first that fits the condition's text names the kind. */
const kinds: [GuardFacts['kind'], RegExp][] = [
  [
    'null',
    /(===?|!==?|\bis( not)?)\s*(null|None|nil|undefined|nullptr|NULL)\b|\b(null|nil|nullptr)\s*[!=]=|\.nil\?|\.is_none\(|is_null\(|IsNull(OrEmpty|OrWhiteSpace)?\(|isNull\(/,
  ],
  [
    'type',
    /\b(isinstance|typeof|instanceof|is_a\?|kind_of\?|is_(string|int|array|numeric|bool|float|object)|Array\.isArray|Number\.isInteger|isNaN|is\s+(string|int|null\b)?[A-Z]\w*)\b|\.\(\w+\)/,
  ],
  [
    'empty',
    /\.(length|size|Length|Count)(\(\))?\s*(===?|<|<=)\s*[01]\b|len\([^)]*\)\s*(==|<|<=)\s*[01]\b|\.is_?empty\b|\.isEmpty\(|\.empty\(|\.(empty|blank)\?|\bempty\(|[!=]==?\s*(""|''|\[\])|\bcount\([^)]*\)\s*(===?|<)\s*[01]\b|\.Any\(\)|!\s*[\w$.]+\.(length|size|Length)\b/,
  ],
  [
    'bounds',
    /(>=?|<=?)\s*[\w$.>-]*(\.(length|size|Length|Count)\b|len\(|count\(|max|min|limit|capacity|MAX|MIN|LIMIT)/i,
  ],
  ['negative', /<=?\s*0(\.0)?\b|<\s*1\b|\.negative\?/],
  ['zero', /===?\s*0(\.0)?\b|\.zero\?/],
  [
    'duplicate',
    /\b(in|not in)\s+\w*(seen|visited|used|known|exist|done)\w*|\b(seen|visited|used|known|existing)\w*(\.|->)(has|contains|includes|include\?|key\?|count|find)|(has|contains|containsKey|includes|ContainsKey|contains_key|array_key_exists|isset)\(/,
  ],
  ['empty', /^[(\s]*(not\s+|!\s*)[\w$.]+[)\s]*$/],
  ['bounds', /(?<![-=])[<>]=?\s*[\w$.]+/],
];

const exits =
  /^[\s{:]*(then\b)?\s*(statement_list)?\s*(return|throw|raise|continue|break|next|panic|fail|abort|die|exit|process\.exit|sys\.exit|Err\(|bail!|t\.Fatal|reject\()(?!\w)/;
const checkers =
  /^(requireNonNull|requireNonNullElse|checkArgument|checkNotNull|checkState|ThrowIfNull|ThrowIfNullOrEmpty|ThrowIfNegative|NotNull|notNull|notEmpty|isTrue|invariant)$/;

/** Checks of a parameter that end the function (or the turn of a loop) early. */
export function findGuards(context: Context): GuardFacts[] {
  const { tree } = context;
  const names = context.units.list.map((unit) =>
    parameterFacts(tree, unit).map(({ name }) => name),
  );
  const found: GuardFacts[] = [];
  for (let node = 0; node < tree.size; node += 1) {
    const checked = checkedText(context, node);
    const index = context.units.of[node] ?? -1;
    if (checked === null || index < 0) continue;
    const words = wordsIn(checked);
    const parameter = names[index]?.find((name) => name !== '' && words.has(name));
    const check = judged(checked, parameter, failing(context, node));
    if (check === null) continue;
    found.push({
      ...check,
      function: unitOf(context, node)?.name ?? null,
      startLine: tree.startLine(node),
      endLine: guardEnd(context, node),
    });
  }
  return found;
}

/** `if (n == 1) return "one"` is a branch like any other; only a refusal makes it a check. */
function judged(
  condition: string,
  parameter: string | undefined,
  fails: boolean,
): Pick<GuardFacts, 'kind' | 'subject'> | null {
  const kind = kindOf(condition);
  const subject = parameter ?? (fails ? (fieldIn(condition) ?? valueIn(condition)) : undefined);
  return subject === undefined || (kind === 'other' && !fails) ? null : { kind, subject };
}

function wordsIn(text: string): Set<string> {
  return new Set(text.match(/[A-Za-z_$][\w]*/g)?.map((word) => word.replace('$', '')) ?? []);
}

const failures =
  /\b(throw|raise|panic!?|abort|die|fail|bail!|reject)\b|\bErr\(|\b(fmt\.Errorf|errors\.New)\(|\breturn\b[^\n;]*\b[eE]rr\w*\b/;

/** The check ends in an error, not in an answer. */
function failing({ tree }: Context, node: number): boolean {
  const then = tree.field(node, 'consequence', 'body');
  return tree.kind(node) !== 'if' && tree.kind(node) !== 'elif'
    ? true
    : then >= 0 && failures.test(tree.excerpt(then, 200));
}

/** A value that the function made from its input; passing on an error is no check of one. */
function valueIn(condition: string): string | undefined {
  const bare = condition.replaceAll(/"[^"]*"|'[^']*'/g, '');
  if (/\b\w*[eE]rr(or)?\b/.test(bare)) return undefined;
  return bare.match(/\b[A-Za-z_]\w*\b(?!\s*\()/g)?.find((word) => !notValues.test(word));
}

const notValues =
  /^(not|and|or|is|in|let|if|len|count|size|isinstance|typeof|type|str|int|std|Array|Object|String|Number|Math|null|None|nil|true|false|True|False|undefined|instanceof|empty|isset|strlen|self|this)$/;

/** The field of the object itself that a condition is about. */
function fieldIn(condition: string): string | undefined {
  return /(?:\b(?:self|this)(?:\.|->)|\$this->|@)_?(\w+)/.exec(condition)?.[1];
}

/** Line where the check itself ends: what an `else` holds is no part of it. */
function guardEnd({ tree }: Context, node: number): number {
  const then = tree.field(node, 'consequence', 'body');
  return tree.endLine(then < 0 ? node : then);
}

/** The condition, when the node is a check that leaves; null otherwise. */
function checkedText({ tree }: Context, node: number): string | null {
  const kind = tree.kind(node);
  if (kind === 'if' || kind === 'elif') {
    const condition = tree.field(node, 'condition');
    const then = tree.field(node, 'consequence', 'body');
    if (condition < 0 || then < 0 || !exits.test(tree.excerpt(then, 200))) return null;
    return tree.excerpt(condition, 300);
  }
  if (kind === 'assert') return tree.excerpt(node, 300).replace(/^assert\s*/, '');
  if (kind !== 'call') return null;
  const { name } = callAt(tree, node);
  return checkers.test(name) || (name === 'assert' && tree.table.language === 'rust')
    ? tree.excerpt(node, 300)
    : null;
}

function kindOf(condition: string): GuardFacts['kind'] {
  if (/requireNonNull|checkNotNull|ThrowIfNull|[nN]otNull/.test(condition)) return 'null';
  return kinds.find(([, pattern]) => pattern.test(condition))?.[0] ?? 'other';
}
