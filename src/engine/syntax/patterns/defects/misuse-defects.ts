import { argumentNodes, callAt, fullName } from '../../calls.ts';
import { parameterFacts } from '../../parameters.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { stringText, unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { bindingsOf, madeOf, typeOf } from './name-index.ts';
import { flat, following, operandsOf, statementAround, unitText } from './shapes.ts';
import { isFromRequest } from './taint.ts';

const digests =
  /\bcreateHmac\(.*\.digest\(|\bhmac\.(new|digest)\(.*(\.(hex)?digest\(\)|\))$|^hash_hmac\(|\bOpenSSL::HMAC\.(hex)?digest\(|^hmac\.(hex)?digest\(/s;
const expectedSecrets = /^(process\.env|ENV|os\.environ)\W*\w*(TOKEN|SECRET|KEY|PASSWORD)\w*\W*$/;
const plainEquals = /^[!=]==?$/;

/** `signature == expected`, one of which is a digest that only those who know the key can make. */
function comparesInSteps(context: Context, node: number): boolean {
  const { tree } = context;
  if (!plainEquals.test(operatorOf(tree, node))) return false;
  const both = operandsOf(tree, node);
  if (
    both === null ||
    both.some((side) => /^(null|nil|None|undefined|""|''|\d)/.test(tree.excerpt(side, 10)))
  )
    return false;
  if (both.some((side) => isDigest(context, side))) return true;
  const [left, right] = both.map((side) => flat(tree, side, 80));
  if (expectedSecrets.test(left ?? '')) return isFromRequest(context, both[1]);
  return expectedSecrets.test(right ?? '') && isFromRequest(context, both[0]);
}

function isDigest(context: Context, node: number): boolean {
  const { tree } = context;
  const kind = tree.kind(node);
  if (kind === 'call') return digests.test(flat(tree, node, 400));
  if (kind !== 'identifier' && tree.type(node) !== 'variable_name') return false;
  return bindingsOf(context, node, tree.text(node)).some(
    ({ value }) => value >= 0 && digests.test(flat(tree, value, 400)),
  );
}

/** What a stripping call is told to take away, or ''. */
function strippedBy(tree: SyntaxTree, node: number): string {
  const { language } = tree.table;
  const { name } = callAt(tree, node);
  const full = fullName(tree, node);
  const nodes = argumentNodes(tree, node);
  const isOwn = language === 'python' && /^[lr]?strip$/.test(name);
  const isOther =
    (language === 'go' && /^strings\.Trim(Left|Right)?$/.test(full)) ||
    (language === 'php' && /^[lr]?trim$/.test(full));
  const text = isOwn ? nodes[0] : isOther ? nodes[1] : undefined;
  if (text === undefined || tree.kind(text) !== 'string') return '';
  return stringText(tree, text, 40);
}

/** A word, an ending or the start of an address is meant, and not a set of letters. */
function stripsLetters({ tree }: Context, node: number): boolean {
  const text = strippedBy(tree, node);
  if (!/[A-Za-z].*[A-Za-z]/.test(text) || /[\\{}]|\.\./.test(text)) return false;
  if (/^(\.[A-Za-z]\w*)+$|:\/\/|^[A-Za-z]{2,}[\s:=_/.-]+$/.test(text)) return true;
  const letters = text.match(/\w/g) ?? [];
  return new Set(letters).size < letters.length;
}

/** A request of the `requests` library that may wait for ever. */
function waitsForEver({ tree }: Context, node: number): boolean {
  return !/\btimeout\s*=|\*\*/.test(tree.excerpt(node, 2_000));
}

/** `using var client = new HttpClient()` in a method that is called again and again. */
function makesClient(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  if (callAt(tree, node).name !== 'HttpClient' || argumentNodes(tree, node).length > 0)
    return false;
  if (unit === null || /^Main$|Client|Factory|Test|Setup/.test(unit.name)) return false;
  if (context.file.role !== 'source' || tree.type(unit.node) === 'constructor_declaration')
    return false;
  return tree.above(node, 'declarator') > unit.node && !/\bstatic void Main\b/.test(tree.source);
}

/** `var customer = value as Customer;` and at once `customer.Name`. */
function usesCastUnasked(context: Context, node: number): boolean {
  const { tree } = context;
  if (isTypeAsked(context, node)) return false;
  const parent = tree.parentOf(node);
  if (tree.type(parent) === 'parenthesized_expression') {
    const up = tree.parentOf(parent);
    return tree.kind(up) === 'member' && tree.source[tree.stop[parent] ?? 0] === '.';
  }
  // `value as Customer ?? throw …` has asked.
  const statement = statementAround(tree, node);
  const isWhole = flat(tree, statement, 300).endsWith(`${flat(tree, node, 200)};`);
  return isWhole && isUsedAtOnce(tree, statement);
}

/** `if (GetType() != other.GetType()) return false;` or `if (other is Customer)` goes before. */
function isTypeAsked(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  if (unit === null) return false;
  const before = tree.source.slice(tree.start[unit.node] ?? 0, tree.start[node]);
  const [value = '', type = ''] = flat(tree, node, 200).split(/ as /);
  const of = escaped(value.trim());
  return (
    new RegExp(`\\b${of}\\??\\.GetType\\(\\)`).test(before) ||
    new RegExp(`\\b${of}\\s+is\\s+(not\\s+)?${escaped(type.trim())}\\b`).test(before)
  );
}

/** What a statement declares is used by the next one that names it, which does not ask whether it is there. */
function isUsedAtOnce(tree: SyntaxTree, statement: number): boolean {
  const name = /^[\w<>?[\]]+\s+(\w+)\s*(?::[^=]+)?=/.exec(flat(tree, statement, 300))?.[1];
  if (name === undefined) return false;
  const word = new RegExp(`\\b${name}\\b`);
  const next = following(tree, statement, 10)
    .map((one) => tree.excerpt(one, 600))
    .find((text) => word.test(text));
  if (next === undefined || /^(if|while|switch|for|Assert|Debug|expect|assert)\b/.test(next))
    return false;
  const doubted = new RegExp(
    `\\b${name}\\s*(\\?|!|is\\b|[=!]=|&&|\\|\\|)|!\\s*${name}\\b|null|undefined`,
  );
  return new RegExp(`\\b${name}\\.\\w`).test(next) && !doubted.test(next);
}

const finding = /^(find|FirstOrDefault|SingleOrDefault|LastOrDefault)$/;

/** `(one) => one.id === id`, where `id` is handed to the function around. */
function asksForGiven(context: Context, closure: number): boolean {
  const { tree } = context;
  // The closure may be a unit of its own.
  const unit = closure < 0 ? null : unitOf(context, tree.parentOf(closure));
  if (unit === null || tree.kind(closure) !== 'closure') return false;
  const given = /=>\s*(?:\{ return )?[\w.]+\s*===?\s*(\w+)(?:;? \})?$/.exec(
    flat(tree, closure, 120),
  )?.[1];
  return parameterFacts(tree, unit).some(({ name }) => name === given);
}

/** `const plan = plans.find(…)` and at once `plan.price`. */
function usesFoundUnasked(context: Context, node: number): boolean {
  const { tree } = context;
  const { name } = callAt(tree, node);
  const [first = -1, more] = argumentNodes(tree, node);
  if (!finding.test(name) || more !== undefined || first < 0) return false;
  if (context.file.role === 'source' && isPropertyRead(tree, node)) return true;
  if (!asksForGiven(context, first)) return false;
  if (context.file.role !== 'source' || tree.kind(tree.parentOf(node)) !== 'declarator')
    return false;
  const statement = statementAround(tree, node);
  return (
    flat(tree, statement, 400).replace(/;$/, '').endsWith(')') && isUsedAtOnce(tree, statement)
  );
}

/** Two digits are made of a month, as they stand in a date. */
const paddedMonth =
  /^(this\.)?(pad\w*|zeroPad\w*|leftPad|twoDigits?|addZero)\(\s*[\w.]+\.get(UTC)?Month\(\)\s*[,)]|^(String\([\w.]+\.get(UTC)?Month\(\)\)|[\w.]+\.get(UTC)?Month\(\)\.toString\(\)|`\$\{[\w.]+\.get(UTC)?Month\(\)\}`)\.padStart\(/;

/** C#: `prices.FirstOrDefault(one => one.Sku == sku).Amount` */
function isPropertyRead(tree: SyntaxTree, node: number): boolean {
  const up = tree.parentOf(node);
  if (tree.table.language !== 'csharp' || tree.type(up) !== 'member_access_expression')
    return false;
  const isCalled = tree.kind(tree.parentOf(up)) === 'call';
  return !isCalled && tree.source[tree.stop[node] ?? 0] === '.';
}

const bareMonth = /\.getMonth\(\)(?!\s*\)?\s*\+\s*1)/;

/** A date is written out with the month as it is counted. */
function showsMonth({ tree }: Context, node: number): boolean {
  const text = flat(tree, node, 400);
  if (tree.kind(node) === 'new') return /^new Date\(\s*\d{4}\s*,\s*12\s*,/.test(text);
  if (tree.table.language === 'java')
    return (
      /"/.test(text) &&
      /\.get\(\s*Calendar\.MONTH\s*\)(?!\s*\)?\s*\+\s*1)/.test(text) &&
      /Calendar\.(YEAR|DAY_OF_MONTH)/.test(text)
    );
  if (tree.kind(tree.parentOf(node)) === 'binary') return false;
  return (
    bareMonth.test(text) &&
    /\.getFullYear\(\)/.test(text) &&
    /\.getDate\(\)/.test(text) &&
    /['"`]/.test(text) &&
    !/\[[^\]]*getMonth|\w\([^)]*getMonth/.test(text)
  );
}

/** Names of lists that are worked off from the front. */
const queues = /^(\w*([qQ]ueue|[fF]rontier|[pP]ending|[tT]odo|[wW]orklist)\w*|q)$/;

/** The first of a list is taken, or one is put before it, on every turn: all the others move. */
function movesAll(context: Context, node: number): boolean {
  const { tree } = context;
  if ((context.loopDepth[node] ?? 0) === 0) return false;
  const { name, qualifier, arguments: count } = callAt(tree, node);
  const [first = -1] = argumentNodes(tree, node);
  if (qualifier === null || first < 0 || tree.text(first) !== '0') return false;
  const list = qualifier.replace(/^(self|this)\./, '');
  const isTaken = count === 1 && /^(pop|remove|RemoveAt)$/.test(name);
  if (!isTaken || !queues.test(list)) return false;
  return !/\b(deque|Deque|LinkedList|VecDeque)\b/.test(unitText(context, node));
}

/** `Math.max(list)` of what is a list by how it is made or by its type. */
function takesList(context: Context, node: number): boolean {
  const { tree } = context;
  const [list = -1, more] = argumentNodes(tree, node);
  if (more !== undefined || tree.kind(list) !== 'identifier') return false;
  const name = tree.text(list);
  return (
    /^(readonly )?number\[\]$|^(Readonly)?Array<number>$/.test(typeOf(context, node, name) ?? '') ||
    /^\[|^[\w.]+\.(map|filter)\(.*\)$|^Object\.(values|keys)\([^()]*\)$|^Array\.from\(/s.test(
      madeOf(context, node, name),
    )
  );
}

/** Calls of libraries and of the language that are not what they look like. */
export const misuseDetectors: Detector[] = [
  {
    rule: 'timing-unsafe-comparison',
    kinds: ['binary'],
    needs: /hmac|TOKEN|SECRET|KEY|PASSWORD/i,
    test: comparesInSteps,
  },
  {
    rule: 'stripped-letters',
    kinds: ['call'],
    method: /^([lr]?strip|[lr]?trim|Trim(Left|Right)?)$/,
    test: stripsLetters,
  },
  {
    rule: 'missing-timeout',
    kinds: ['call'],
    callee: /^requests\.(get|post|put|delete|patch|head|options|request)$/,
    test: waitsForEver,
  },
  { rule: 'client-per-call', kinds: ['new'], needs: /\bnew HttpClient\(\)/, test: makesClient },
  { rule: 'unchecked-find', kinds: ['call'], method: finding, test: usesFoundUnasked },
  { rule: 'list-for-numbers', kinds: ['call'], callee: /^Math\.(max|min)$/, test: takesList },
  {
    rule: 'pattern-for-text',
    kinds: ['call'],
    method: /^split$/,
    needs: /\.split\("[.|]"/,
    test: ({ tree }, node) =>
      tree.table.language === 'java' &&
      /^"[.|]"$/.test(tree.excerpt(argumentNodes(tree, node)[0] ?? -1, 4)),
  },
  { rule: 'unchecked-cast', kinds: ['type:as_expression'], test: usesCastUnasked },
  {
    rule: 'month-from-zero',
    kinds: ['string', 'binary', 'new'],
    needs: /getMonth\(|new Date\(|Calendar\.MONTH/,
    test: showsMonth,
  },
  {
    rule: 'month-from-zero',
    kinds: ['call'],
    needs: /get(UTC)?Month\(/,
    test: ({ tree }, node) =>
      tree.table.closuresAreUnits && paddedMonth.test(flat(tree, node, 200)),
  },
  {
    rule: 'removed-from-front',
    kinds: ['call'],
    method: /^(pop|remove|RemoveAt)$/,
    test: movesAll,
  },
];
