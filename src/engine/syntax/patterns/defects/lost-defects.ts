import { argumentNodes, callAt } from '../../calls.ts';
import { headerText } from '../../headers.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { saidOn, stringText, unitOf, type Context, type Detector } from '../context.ts';
import { madeOf, typeOf } from './name-index.ts';
import { flat, following, isStatementCall, statementAround, unitText } from './shapes.ts';

const plainMove =
  /^((?:this\.|self\.)?\$?\w+(?:\[[\w$ +-]+\])?) = ((?:this\.|self\.)?\$?\w+(?:\[[\w$ +-]+\])?);?$/;

/** `a = b; b = a;` */
function swapsNothing({ tree }: Context, node: number): boolean {
  const [, first, second] = plainMove.exec(flat(tree, node, 120)) ?? [];
  if (first === undefined || second === undefined || first === second) return false;
  if (/^(\d|true$|false$|null$|None$|nil$)/.test(second)) return false;
  const [next = -1] = following(tree, statementAround(tree, node), 1);
  const between = tree.source.slice(tree.stop[node], tree.start[next]);
  if (next < 0 || !/^\s*;?\s*$/.test(between) || /\n\s*\n/.test(between)) return false;
  return flat(tree, next, 120).replace(/;$/, '') === `${second} = ${first}`;
}

/** Members of a class that are methods with a body. */
function methodsIn(tree: SyntaxTree, node: number): number[] {
  const body = tree.field(node, 'body');
  if (body < 0) return [];
  return tree.namedChildren(body).filter((one) => tree.kind(one) === 'function');
}

const otherKinds = /\b(get|set|static|abstract|declare)\b|@/;
const meant = /DuplicateMethods|no-dupe|noqa/;

/** An annotation or a comment at the head of a method says so. */
function isMeant(context: Context, method: number): boolean {
  const { tree } = context;
  const line = tree.startLine(method);
  const said = [tree.excerpt(method, 160), ...saidOn(context, line - 1, line + 2)];
  return said.some((text) => meant.test(text));
}

/** The first method of a class that had its name before, or -1. */
function methodAgain(context: Context, node: number): number {
  const { tree } = context;
  const seen = new Set<string>();
  for (const method of methodsIn(tree, node)) {
    const named = tree.field(method, 'name');
    const header = headerText(tree, method);
    if (named < 0 || tree.field(method, 'body') < 0 || otherKinds.test(header.split('(')[0] ?? ''))
      continue;
    const isSelf = /^def\s+self\./.test(header);
    const name = `${isSelf ? 'self.' : ''}${tree.excerpt(named, 300)}`;
    if (name === '_' || name.startsWith('[')) continue;
    if (seen.has(name)) return isMeant(context, method) ? -1 : method;
    seen.add(name);
  }
  return -1;
}

const halves: Record<string, RegExp> = {
  php: /^[^aA\\]*\bh:i[^aA\\]*$/,
  java: /^[^a]*\bhh?:mm[^a]*$/,
  csharp: /^[^t]*\bhh:mm[^t]*$/,
  python: /^(?!.*%p).*%I:%M.*$/,
};

/** `date('Y-m-d h:i:s')` */
function losesHalf({ tree }: Context, node: number): boolean {
  const pattern = halves[tree.table.language];
  const text = argumentNodes(tree, node).find((one) => tree.kind(one) === 'string');
  if (pattern === undefined || text === undefined) return false;
  const format = stringText(tree, text, 60);
  // A span of time has no halves.
  if (tree.table.language === 'csharp' && !/[yMd]/.test(format)) return false;
  return pattern.test(format);
}

const streams = /^(\w*InputStream|FileStream|Stream|NetworkStream|\w*Stream)$/;

/** `stream.read(buffer);` as a statement, `file.write(data)?;` in Rust. */
function takesPart(context: Context, node: number): boolean {
  const { tree } = context;
  if (tree.table.language === 'rust') return writesPart(context, node);
  const { name, qualifier, arguments: count } = callAt(tree, node);
  if (!isStatementCall(tree, node) || qualifier === null || count === 0 || !/^[rR]ead$/.test(name))
    return false;
  return streams.test(typeOf(context, node, qualifier) ?? '');
}

const partWritten =
  /^((?:self\.)?\w+)\.write\((&|b")?[^;]+\)(?:\?|\.unwrap\(\)|\.expect\([^()]*\)|\.await\?);$/;

function writesPart(context: Context, node: number): boolean {
  const { tree } = context;
  const [, target = '', bytes] =
    partWritten.exec(flat(tree, statementAround(tree, node), 200)) ?? [];
  if (target === '') return false;
  if (bytes !== undefined && /file|stream|socket|writer|out/i.test(target)) return true;
  return /^([\w:]+::)?(File|TcpStream|UnixStream)::\w+\(/.test(madeOf(context, node, target));
}

/** `total = 0` in a method of a class that lets `total` be set: without `self.` it is a variable that nobody reads. */
function setsNoAttribute(context: Context, node: number): boolean {
  const { tree } = context;
  const unit = unitOf(context, node);
  const holder = tree.above(node, 'class', 'function');
  const name = /^([a-z_]\w*) = /.exec(tree.excerpt(node, 60))?.[1];
  if (name === undefined || unit === null || tree.kind(holder) !== 'function') return false;
  const uses = unitText(context, node).match(new RegExp(`(?<![@$:.\\w])${name}\\b`, 'g')) ?? [];
  if (uses.length !== 1 || headerText(tree, unit.node).startsWith('def self.')) return false;
  const around = tree.above(unit.node, 'class');
  const settable = new RegExp(`\\battr_(?:accessor|writer)\\b[^\\n]{0,300}:${name}\\b`);
  return around >= 0 && settable.test(tree.excerpt(around, 20_000));
}

/** `file.delete();` of a `File`, whose answer tells of a failure. */
function dropsFailure(context: Context, node: number): boolean {
  const { tree, file } = context;
  const { qualifier } = callAt(tree, node);
  if (qualifier === null || file.role !== 'source' || !isStatementCall(tree, node)) return false;
  const around = tree.above(node, 'catch', 'finally', 'function');
  return /^(catch|finally)$/.test(tree.kind(around) ?? '')
    ? false
    : typeOf(context, node, qualifier) === 'File';
}

/** Values, methods and halves that are lost on the way. */
export const lostDetectors: Detector[] = [
  { rule: 'failed-swap', kinds: ['assignment'], test: swapsNothing },
  {
    rule: 'redefined-method',
    kinds: ['class'],
    test: (context, node) => methodAgain(context, node) >= 0,
    place: methodAgain,
  },
  {
    rule: 'half-day',
    kinds: ['call', 'new'],
    method: /^(date|format|ofPattern|SimpleDateFormat|ToString|strftime|strptime)$/,
    needs: /h:i|hh?:mm|%I:%M/,
    test: losesHalf,
  },
  {
    rule: 'local-for-attribute',
    kinds: ['assignment'],
    needs: /\battr_(?:accessor|writer)\b/,
    test: setsNoAttribute,
  },
  { rule: 'partial-transfer', kinds: ['call'], method: /^([rR]ead|write)$/, test: takesPart },
  {
    rule: 'ignored-error',
    kinds: ['call'],
    method: /^(delete|mkdirs?|renameTo|createNewFile|setExecutable|setReadable)$/,
    needs: /\bFile\b/,
    test: dropsFailure,
  },
  {
    rule: 'raised-exception',
    kinds: ['call'],
    callee: /^raise$/,
    test: ({ tree, file }, node) =>
      file.role === 'source' &&
      tree.table.language === 'ruby' &&
      /^raise[ (]\(?Exception\b(?!:)/.test(tree.excerpt(node, 24)),
  },
];
