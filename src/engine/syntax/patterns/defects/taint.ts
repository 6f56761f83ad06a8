import type { SyntaxTree } from '../../syntax-tree.ts';
import { headerText } from '../../headers.ts';
import { isDynamic, unitOf, type Context } from '../context.ts';
import { escaped } from '../escaped.ts';
import { bindingsOf } from './name-index.ts';
import { flat, unitText } from './shapes.ts';

/** What a visitor of a web page sends, in the words of the common frameworks. */
const sources =
  /\b(req|request|ctx\.request)\.(params|query|body|headers|cookies|args|form|values|files|GET|POST|json|get_json\(\)|data|QueryString|Query|Form)\b|\$_(GET|POST|REQUEST|COOKIE|FILES|SERVER)\b|(?<![\w.$])params(\[|\.(require|fetch|permit)\b)|\bctx\.(query|params)\b|\.getParameter\(|\.getHeader\(|\bURL\.Query\(\)|\.FormValue\(|\.PostFormValue\(|\bc\.(Query|Param|PostForm|DefaultQuery)\(|\bRequest\.(Query|Form|Params|QueryString)\b|\$request->(input|get|query|post|all)\(|\binput\(\)|\brequest\.getQueryString\(/;

const givenParameter =
  /@(RequestParam|PathVariable|RequestBody|RequestHeader|Query|Param|Body)\b|\[From(Query|Route|Body|Form)\]/;

/** Hops from name to name. */
const hops = 4;

const answers = new WeakMap<SyntaxTree, Map<number, boolean>>();

/** Whether a value comes from a request, directly or through names of the function; each node is asked once. */
export function isFromRequest(context: Context, node: number, depth = 0): boolean {
  const known = answers.get(context.tree) ?? new Map<number, boolean>();
  answers.set(context.tree, known);
  const answer = known.get(node) ?? comesFromRequest(context, node, depth);
  known.set(node, answer);
  return answer;
}

function comesFromRequest(context: Context, node: number, depth: number): boolean {
  const { tree } = context;
  if (node < 0 || depth > hops) return false;
  if (sources.test(tree.excerpt(node, 1_000))) return true;
  const end = Math.min(tree.endOf(node), node + nodesLooked);
  for (let at = node; at < end; at += 1)
    if (isPlainName(context, at) && isNameFromRequest(context, at, depth)) return true;
  return false;
}

/** Nodes of one value that are looked at. */
const nodesLooked = 120;

function isPlainName(context: Context, at: number): boolean {
  const { tree } = context;
  if (tree.kind(at) !== 'identifier' || isMemberName(context, at)) return false;
  if (isLookedUp(tree, at)) return false;
  return !(tree.type(at) === 'name' && tree.table.language === 'php');
}

/** `pages[name]`: the name only chooses among what is there. */
function isLookedUp(tree: SyntaxTree, at: number): boolean {
  const holder = tree.type(at) === 'name' ? tree.parentOf(at) : at;
  const up = tree.parentOf(holder);
  const index = tree.kind(up) === 'index' ? up : tree.parentOf(up);
  return (
    tree.kind(index) === 'index' &&
    tree.namedChildren(index)[0] !== holder &&
    tree.namedChildren(index)[0] !== up
  );
}

function isNameFromRequest(context: Context, at: number, depth: number): boolean {
  const name = context.tree.text(at);
  if (isGivenByRoute(context, at, name) || isPartOfRequest(context, at, name)) return true;
  return bindingsOf(context, at, name)
    .slice(0, 8)
    .some(
      ({ value, node }) =>
        value >= 0 &&
        node < at &&
        value > node &&
        !contains(context, node, at) &&
        isFromRequest(context, value, depth + 1),
    );
}

/** `const { url } = req.query` */
function isPartOfRequest(context: Context, at: number, name: string): boolean {
  if (!context.tree.table.closuresAreUnits || !/^[\w$]+$/.test(name)) return false;
  const taken = new RegExp(
    `[{,]\\s*(?:\\w+\\s*:\\s*)?${escaped(name)}\\s*(?:=[^,}]*)?[,}][^{};=]*(?:\\}\\s*)?=\\s*(?:await\\s+)?(?:req|request|ctx\\.request|ctx)\\.(?:body|query|params|headers|cookies)\\b`,
  );
  return requestTaken.test(context.tree.source) && taken.test(unitText(context, at));
}

const requestTaken = /\}\s*=\s*(await\s+)?(req|request|ctx)\./;

function contains({ tree }: Context, node: number, at: number): boolean {
  return node <= at && at < tree.endOf(node);
}

function isMemberName({ tree }: Context, at: number): boolean {
  const field = tree.fieldName(at);
  return (
    tree.kind(tree.parentOf(at)) === 'member' &&
    field !== 'object' &&
    field !== 'value' &&
    field !== 'operand' &&
    field !== 'argument' &&
    field !== 'expression'
  );
}

/** What is no text holds no path, markup or address. */
const harmlessType =
  /\b(int|long|Integer|Long|Guid|UUID|bool|boolean|double|decimal|DateTime|LocalDate)\??\s+\w+\s*(=.*)?$/;

/** A parameter that the framework fills from the request. */
function isGivenByRoute(context: Context, node: number, name: string): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  if (unit === null || unit.parameters < 0) return false;
  const word = name.replaceAll(/\W/g, '');
  const parameter = tree.namedChildren(unit.parameters).find((one) => {
    const text = tree.excerpt(one, 200);
    return text.includes(word) && new RegExp(`(^|[^\\w.])${word}\\b`).test(text);
  });
  if (parameter === undefined) return false;
  const declared = tree.excerpt(parameter, 200);
  if (
    tree.table.language === 'csharp' &&
    /^string\??\s/.test(declared) &&
    isAction(tree, unit.node)
  )
    return true;
  if (givenParameter.test(declared))
    return !(tree.table.language !== 'python' && harmlessType.test(declared));
  if (
    tree.table.language !== 'python' ||
    /\b(int|float|bool|Depends|Session|UUID)\b/.test(tree.excerpt(parameter, 200))
  )
    return false;
  const header = headerText(tree, unit.node);
  return new RegExp(
    `@\\w+\\.(route|get|post|put|delete)\\([^)]*[<{](string:|path:)?${name}[>}]`,
  ).test(header);
}

/** C#: a method of a controller that answers requests. */
function isAction(tree: SyntaxTree, node: number): boolean {
  return /\[Http(Get|Post|Put|Delete|Patch)\b|\b(I?ActionResult|IResult)(<[^()]*>)?\s+\w+\(/.test(
    tree.excerpt(node, 300),
  );
}

/** Text that is put together from values: here, or where its name was last bound. */
export function isBuilt(context: Context, node: number): boolean {
  const { tree } = context;
  const kind = tree.kind(node);
  if (kind === 'binary') return /["'`]/.test(tree.excerpt(node, 400)) && isDynamic(tree, node);
  if (kind === 'string') return isDynamic(tree, node);
  if (kind === 'call')
    return /(^|\.|::)(format|Sprintf|sprintf|concat|Format|format!?)$/.test(
      flat(tree, node, 400).split('(')[0] ?? '',
    );
  const [only = -1, more] = tree.type(node) === 'expression_list' ? tree.namedChildren(node) : [];
  if (only >= 0) return more === undefined && isBuilt(context, only);
  if (kind !== 'identifier') return false;
  return bindingsOf(context, node, tree.text(node)).some(
    ({ value, kind: how }) =>
      value >= 0 &&
      value < node &&
      tree.kind(value) !== 'identifier' &&
      (how === 'augmented' ? isDynamic(tree, value) : isBuilt(context, value)),
  );
}

const cleaned = new WeakMap<SyntaxTree, Map<string, boolean>>();

/** Something in the function makes such a value harmless, as far as its names tell. */
export function isCleaned(context: Context, node: number, words: RegExp): boolean {
  const known = cleaned.get(context.tree) ?? new Map<string, boolean>();
  cleaned.set(context.tree, known);
  const key = `${context.units.of[node] ?? -1} ${words.source}`;
  const answer = known.get(key) ?? words.test(unitText(context, node));
  known.set(key, answer);
  return answer;
}
