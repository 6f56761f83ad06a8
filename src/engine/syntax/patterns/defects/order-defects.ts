import { argumentNodes, callAt } from '../../calls.ts';
import { headerText } from '../../headers.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { unitOf, type Context, type Detector } from '../context.ts';
import { bindingsOf, onlyValue, typeOf } from './name-index.ts';
import { flat, following, isStatementCall, statementAround, unitText } from './shapes.ts';

/** A handler of nearly everything in each language, and what it leaves to others. */
const catchesAll: Record<string, [all: RegExp, others: RegExp]> = {
  python: [
    /^except\s+\(?\s*Exception\b(?!\s*,)/,
    /BaseException|KeyboardInterrupt|SystemExit|GeneratorExit|CancelledError|^except\s*:/,
  ],
  php: [/^catch\s*\(\s*\\?Exception\b(?!\s*\|)/, /Throwable|Error\b/],
  ruby: [
    /^rescue\s+StandardError\b(?!\s*,)/,
    /Exception\b|ScriptError|NoMemoryError|SystemExit|Interrupt|LoadError|NotImplementedError|StackError/,
  ],
};

/** Handlers after one that has caught everything they are for. */
function isShadowed({ tree }: Context, node: number): boolean {
  const [all, others] = catchesAll[tree.table.language] ?? [];
  if (all === undefined || others?.test(tree.excerpt(node, 120)) !== false) return false;
  const siblings = tree.children(tree.parentOf(node)).filter((one) => tree.kind(one) === 'catch');
  return siblings
    .slice(0, siblings.indexOf(node))
    .some((earlier) => all.test(tree.excerpt(earlier, 80)));
}

/** `header('Location: …')` and on with what only others may see. */
function goesOnAfterRedirect({ tree }: Context, node: number): boolean {
  const text = flat(tree, node, 200);
  if (!/^header\(\s*["']Location:/i.test(text) || !isStatementCall(tree, node)) return false;
  const statement = statementAround(tree, node);
  const [next] = following(tree, statement, 1);
  if (next !== undefined)
    return (
      !/^(exit|die|return|throw|http_response_code|break|session_write_close|wp_die|end)\b|->(end|terminate|close)\b/.test(
        tree.excerpt(next, 80),
      ) && tree.kind(tree.parentOf(tree.parentOf(statement))) === 'if'
    );
  // At the end of an `if` after which there is more.
  const branch = tree.above(statement, 'if', 'function', 'closure', 'loop');
  if (branch < 0 || tree.kind(branch) !== 'if' || tree.field(branch, 'alternative') >= 0)
    return false;
  return following(tree, statementAround(tree, branch), 1).length > 0;
}

/** `Optional<T> find() { return null; }` */
function givesNullForOptional(context: Context, node: number): boolean {
  const { tree } = context;
  if (flat(tree, node, 20) !== 'return null;') return false;
  const unit = unitOf(context, node);
  const type = unit === null ? -1 : tree.field(unit.node, 'type');
  return type >= 0 && /^(java\.util\.)?Optional\b/.test(tree.excerpt(type, 40));
}

/** `wait()` outside of a loop that asks again: it may come back for no reason. */
function waitsOnce({ tree, loopDepth }: Context, node: number): boolean {
  const { name, qualifier, arguments: count } = callAt(tree, node);
  if (name !== 'wait' || count > 0 || !isStatementCall(tree, node)) return false;
  return (
    (qualifier === null || qualifier === 'this' || /lock|monitor|mutex/i.test(qualifier)) &&
    (loopDepth[node] ?? 0) === 0
  );
}

const shared = /^(Integer|Long|Short|Byte|Boolean|Character|Double|Float|String|string)$/;

/** A lock on a value that others have, too: small numbers and texts are kept once. */
function locksValue(context: Context, node: number): boolean {
  const { tree } = context;
  const name = /^(?:lock|synchronized)\s*\(\s*(?:this\.)?(\w+)\s*\)/.exec(
    tree.excerpt(node, 80),
  )?.[1];
  return name !== undefined && shared.test(typeOf(context, node, name) ?? '');
}

/** `fetchAsync().Result`: the thread waits for what may need it. */
function blocksOnTask({ tree }: Context, node: number): boolean {
  const text = flat(tree, node, 200);
  return (
    /\w+Async(<[^()]*>)?\([^;]*\)\.(Result|GetAwaiter\(\)\.GetResult\(\)|Wait\(\))$/.test(text) &&
    !isInMain(tree, node)
  );
}

/** `task.Result` where nothing of the method waits for the task. */
function takesResult(context: Context, node: number): boolean {
  const { tree } = context;
  const name = /^(\w+)\.(Result|Wait\(\))$/.exec(flat(tree, node, 80))?.[1];
  if (name === undefined || isInMain(tree, node)) return false;
  if (!/^(System\.Threading\.Tasks\.)?Task(<|$)/.test(typeOf(context, node, name) ?? ''))
    return false;
  const text = unitText(context, node);
  return text !== '' && !/\bawait\b|\bWaitAll\(|\bIsCompleted|ContinueWith\(/.test(text);
}

function isInMain(tree: SyntaxTree, node: number): boolean {
  const unit = tree.above(node, 'function');
  return unit >= 0 && /\bMain\s*\(/.test(headerText(tree, unit));
}

/** `10..0` has nothing in it. */
function isEmptyRange({ tree }: Context, node: number): boolean {
  const match = /^(\d+)\s*\.\.=?\s*(\d+)$/.exec(tree.excerpt(node, 40));
  return match !== null && Number(match[1]) > Number(match[2]);
}

/** `i >= 0` of an index that is made from a length and so has no sign. */
function isUnsignedTest(context: Context, node: number): boolean {
  const { tree } = context;
  const name = /^((?:self\.)?\w+)(?:\s*-\s*[\w.]+)?\s*(?:>=|<)\s*0$/.exec(
    tree.excerpt(node, 60),
  )?.[1];
  if (name === undefined) return false;
  if (name.startsWith('self.')) return isUnsignedField(tree, name.slice('self.'.length));
  const type = typeOf(context, node, name);
  if (type !== null) return unsigned.test(type);
  if (tree.table.language !== 'rust') return false;
  // `i -= 1` changes nothing of its type.
  const made = bindingsOf(context, node, name).filter(({ kind }) => kind !== 'augmented');
  const value = made.length === 1 ? (made[0]?.value ?? -1) : -1;
  return value >= 0 && /^[\w.]+\.len\(\)(\s*-\s*1)?$/.test(flat(tree, value, 60));
}

const unsigned =
  /^(usize|u(8|16|32|64|128)|(std::)?size_t|unsigned( \w+)?|uint(8|16|32|64)?(_t)?)$/;

/** All fields of the file with this name are numbers without a sign. */
function isUnsignedField(tree: SyntaxTree, name: string): boolean {
  const types = [
    ...tree.source.matchAll(new RegExp(`\\n\\s*(?:pub\\s+)?${name}:\\s*(\\w+),`, 'g')),
  ];
  return types.length > 0 && types.every(([, type = '']) => unsigned.test(type));
}

const arrayPlace = /^(i|j|k|idx|index|\w+Index)$/;

/** `delete list[index]` leaves a hole. */
function leavesHole(context: Context, node: number): boolean {
  const match = /^delete ([\w.$]+)\[(\w+)\]$/.exec(flat(context.tree, node, 100));
  const [, list = '', at = ''] = match ?? [];
  if (!arrayPlace.test(at)) return false;
  if (/(list|array|arr|items|rows|queue|stack|values|elements)$/i.test(list)) return true;
  const made = onlyValue(context, node, list);
  return made >= 0 && listMade.test(flat(context.tree, made, 200));
}

const listMade = /^\[|\.(slice|filter|map|concat|split)\(.*\)$|^Array\.from\(/;

/** `xs.filter(…).reduce((a, b) => …)`: throws where nothing is left. */
function reducesNothing({ tree }: Context, node: number): boolean {
  const { qualifier } = callAt(tree, node);
  const given = argumentNodes(tree, node);
  return (
    given.length === 1 &&
    tree.kind(given[0] ?? -1) === 'closure' &&
    /\.filter\(/.test(qualifier ?? '')
  );
}

/** `names.indexOf(name) > 0` forgets the first one; of a text the first place may well be left out. */
function forgetsFirst({ tree }: Context, node: number): boolean {
  const match = /^([\w.$]+)\.(indexOf|findIndex|IndexOf)\((.+)\) > 0$/.exec(flat(tree, node, 120));
  const [, list = '', , given = ''] = match ?? [];
  return (
    /(s|[lL]ist|[aA]rray)$/.test(list.split('.').at(-1) ?? '') &&
    !/^["'`/]/.test(given) &&
    !/class|address|s{2}$/i.test(list)
  );
}

/** What comes too late, once where it should be again and again, or without what has to follow. */
export const orderDetectors: Detector[] = [
  { rule: 'unreachable-handler', kinds: ['catch'], test: isShadowed },
  { rule: 'redirect-goes-on', kinds: ['call'], callee: /^header$/, test: goesOnAfterRedirect },
  {
    rule: 'null-for-optional',
    kinds: ['return'],
    needs: /\bOptional</,
    test: givesNullForOptional,
  },
  { rule: 'wait-without-loop', kinds: ['call'], method: /^wait$/, test: waitsOnce },
  {
    rule: 'shared-lock',
    kinds: ['type:lock_statement', 'type:synchronized_statement'],
    test: locksValue,
  },
  { rule: 'blocking-on-task', kinds: ['member', 'call'], needs: /Async\b/, test: blocksOnTask },
  { rule: 'blocking-on-task', kinds: ['member', 'call'], needs: /\bTask\b/, test: takesResult },
  {
    rule: 'empty-range',
    kinds: ['type:range_expression'],
    needs: /\d\s*\.\.=?\s*\d/,
    test: isEmptyRange,
  },
  { rule: 'unsigned-test', kinds: ['binary'], needs: /(>=|<)\s*0\b/, test: isUnsignedTest },
  {
    rule: 'hole-in-list',
    kinds: ['not'],
    needs: /\bdelete\s[\w.$]+\[/,
    test: leavesHole,
  },
  {
    rule: 'reduce-of-nothing',
    kinds: ['call'],
    method: /^(reduce|reduceRight)$/,
    test: reducesNothing,
  },
  {
    rule: 'forgotten-first',
    kinds: ['binary'],
    needs: /[iI]ndex(Of)?\(.*\) > 0/,
    test: forgetsFirst,
  },
];
