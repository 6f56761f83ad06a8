import { argumentNodes, callAt } from '../../calls.ts';
import { headerText } from '../../headers.ts';
import { parameterFacts } from '../../parameters.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { operatorOf } from '../../tree-questions.ts';
import { unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { flat, isStatementCall, operandsOf, unitText } from './shapes.ts';

const present =
  /^\(?([\w$.>-]+)\s*(?:!==?|is not)\s*(?:null|NULL|nullptr|undefined|None)\)?$|^\(?(?:null|NULL|nullptr)\s*!==?\s*([\w$.>-]+)\)?$/;
const absent = /^\(?([\w$.>-]+)\s*===?\s*(?:null|NULL|nullptr|undefined)\)?$/;

/** A member of a name is read. */
function reads(name: string): RegExp {
  return new RegExp(`(^|[^\\w.$>])${escaped(name)}(\\.|->)\\w`);
}

/** `user.isActive() && user != null`: it is asked after it was needed. */
function asksAfterUse({ tree }: Context, node: number): boolean {
  if (!/^(&&|and)$/.test(operatorOf(tree, node))) return false;
  const both = operandsOf(tree, node);
  if (both === null) return false;
  const right = flat(tree, both[1], 100);
  const match = present.exec(right) ?? /^!\s*(\w+)\.nil\?$/.exec(right);
  const name = match?.[1] ?? match?.[2];
  if (name === undefined) return false;
  const left = flat(tree, both[0], 400);
  const isAsked = new RegExp(
    `(^|[^\\w.$>])${escaped(name)}(\\?\\.|\\s*(!=|==|is\\b|&&|\\|\\|))|!\\s*${escaped(name)}\\b`,
  );
  return reads(name).test(left) && !isAsked.test(left) && !/\?|=>|->\s*\{/.test(left);
}

/** `text != null & text.length() > 0` */
function asksBoth({ tree }: Context, node: number): boolean {
  const operator = operatorOf(tree, node);
  if (operator !== '&' && operator !== '|') return false;
  const both = operandsOf(tree, node);
  if (both === null) return false;
  const left = flat(tree, both[0], 100);
  const match = operator === '&' ? present.exec(left) : absent.exec(left);
  const name = match?.[1] ?? match?.[2];
  return name !== undefined && reads(name).test(flat(tree, both[1], 200));
}

const working =
  /(?:\.|->)(add|remove|put|pop|push|poll|delete|insert|append|next|close|write|save|update|setdefault|take|offer|push_back|erase|removeAll|addAll)\(|\+\+|--|(^|[^=!<>+\-*/%&|^])=(?!=)/;

/** `assert queue.remove(job)` */
function worksInAssertion({ tree, file }: Context, node: number): boolean {
  if (file.role !== 'source') return false;
  const text = flat(tree, node, 300).replaceAll(/"[^"]*"|'[^']*'/g, '""');
  const asked = /^assert\s*\(?(.*)$/.exec(text)?.[1] ?? '';
  if (tree.table.language === 'python' && /:=|\blambda\b|\w=/.test(asked)) return /:=/.test(asked);
  // `assert((next = step(list)))` is written by those who know.
  if (/^\s*\(+\s*\w+ = /.test(asked)) return false;
  return asked !== '' && working.test(asked) && !/->|=>|\[[^\]]*\]\s*\(/.test(asked);
}

/** `while (!done) { }` of a field that another thread sets. */
function neverSees({ tree }: Context, node: number): boolean {
  const text = flat(tree, node, 160);
  const name =
    /^while \(\s*!?\s*(?:this\.)?(\w+)\s*\) ?(?:\{ ?)?(?:Thread\.(?:sleep|yield|onSpinWait|Sleep|Yield|SpinWait)\([^)]*\))?(?:; ?)?\}?$/.exec(
      text,
    )?.[1];
  if (name === undefined) return false;
  const declared = new RegExp(`\\n([^\\n;(]*)\\b(?:boolean|bool)\\s+_?${name}\\s*(=[^;]*)?;`).exec(
    tree.source,
  )?.[1];
  return (
    declared !== undefined &&
    /\bprivate|public|static|protected|^\s*$/.test(declared) &&
    !/\bvolatile\b/.test(declared) &&
    !/\bsynchronized\b/.test(tree.source)
  );
}

/** `Done(this, EventArgs.Empty);` of an event that nobody may listen to. */
function raisesUnheard(context: Context, node: number): boolean {
  const { tree } = context;
  const { name, qualifier } = callAt(tree, node);
  if (qualifier !== null && qualifier !== 'this') return false;
  if (!/^[A-Z]\w*$/.test(name) || !isStatementCall(tree, node)) return false;
  const declared = new RegExp(`\\bevent\\s+[\\w<>.]+\\??\\s+${name}\\s*;`);
  const asked = new RegExp(`\\b${name}\\s*(!=|is not|==|is)\\s*null|=\\s*${name}\\s*;`);
  return declared.test(tree.source) && !asked.test(unitText(context, node));
}

/** `return null;` of a method that gives a `Task` and is not async. */
function givesNullTask(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  if (unit === null || unit.closure || flat(tree, node, 20) !== 'return null;') return false;
  const header = headerText(tree, unit.node);
  return /\bTask(<[^()]*>)?\s+\w+\s*\(/.test(header) && !/\basync\b/.test(header);
}

const opened =
  /^using \(?(?:var|[\w<>]+) (\w+) = |^with (?:\w+\.)?(?:open|connect|Session|ZipFile|socket)\([^:]*\) as (\w+):|^try \((?:var|final )? ?[\w<>]* ?(\w+) = /;

/** The name that is returned as it is, or gone through by a generator that is returned. */
function nameReturned(
  tree: SyntaxTree,
  node: number,
): readonly [name: string, lazy: boolean] | null {
  const text = flat(tree, node, 120);
  const name = /^return \(?(\w+)\)?;?$/.exec(text)?.[1];
  if (name !== undefined) return [name, false];
  const source = /^return \(.* for \w+ in (\w+)\)$/.exec(text)?.[1];
  return source !== undefined && tree.table.language === 'python' ? [source, true] : null;
}

/** What the block closes is what the function gives. */
function givesClosed(context: Context, node: number): boolean {
  const { tree } = context;
  const [name, isLazy] = nameReturned(tree, node) ?? [];
  const unit = unitOf(context, node);
  if (name === undefined || unit === null) return false;
  for (let up = tree.parentOf(node); up > unit.node; up = tree.parentOf(up))
    if (
      opened
        .exec(flat(tree, up, 4_000).slice(0, 200))
        ?.slice(1)
        .includes(name) === true
    )
      return true;
  const before = tree.source.slice(tree.start[unit.node], tree.start[node]);
  return isLazy === false && new RegExp(`\\busing\\s+(var|[\\w<>]+)\\s+${name}\\s*=`).test(before);
}

/** `isOdd(n)`: `n % 2 == 1` */
function missesNegative(context: Context, node: number): boolean {
  const { tree } = context;
  const name = /^\(?(\w+) % 2\)? ===? 1$/.exec(flat(tree, node, 40).replaceAll(/\$/g, ''))?.[1];
  const unit = unitOf(context, node);
  if (name === undefined || unit === null || !/odd/i.test(unit.name)) return false;
  const own = parameterFacts(tree, unit).some((one) => one.name.replace('$', '') === name);
  const type = unit.parameters < 0 ? '' : tree.excerpt(unit.parameters, 200);
  return own && !/\b(unsigned|u(8|16|32|64|size|int\w*)|size_t)\b/.test(type);
}

/** `new SimpleDateFormat("YYYY-MM-dd")` */
function takesWeekYear({ tree }: Context, node: number): boolean {
  const [first = -1] = argumentNodes(tree, node);
  return first >= 0 && /^"[^"]*YYYY[^"w]*M[^"w]*"$/.test(tree.excerpt(first, 60));
}

/** What is asked too late, on both sides, or where it is never answered. */
export const askedDetectors: Detector[] = [
  { rule: 'checked-too-late', kinds: ['binary'], test: asksAfterUse },
  { rule: 'both-sides-asked', kinds: ['binary'], needs: /[^&|][&|]\s/, test: asksBoth },
  {
    rule: 'effect-in-assertion',
    kinds: ['assert', 'call'],
    callee: /^assert$/,
    needs: /\bassert\b/,
    test: worksInAssertion,
  },
  { rule: 'unseen-change', kinds: ['loop'], needs: /\bbool(ean)?\b/, test: neverSees },
  { rule: 'unheard-event', kinds: ['call'], needs: /\bevent\s/, test: raisesUnheard },
  { rule: 'null-for-task', kinds: ['return'], needs: /\bTask\b/, test: givesNullTask },
  {
    rule: 'returned-closed',
    kinds: ['return'],
    needs: /\busing\b|\bwith\b|\btry\s*\(/,
    test: givesClosed,
  },
  { rule: 'negative-remainder', kinds: ['binary'], needs: /% 2/, test: missesNegative },
  {
    rule: 'week-year',
    kinds: ['call', 'new'],
    needs: /YYYY/,
    method: /^(SimpleDateFormat|ofPattern)$/,
    test: takesWeekYear,
  },
];
