import { escaped } from './escaped.ts';
import { bindingTarget } from '../bindings.ts';
import { argumentNodes, callAt } from '../calls.ts';
import { typeOf } from './defects/name-index.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { search, unitAt, type Context } from './context.ts';

/** Last names of what opens something. */
export const opening =
  /^(f?open|Open\w*|Create|openSync|FileReader|File(In|Out)putStream|FileWriter|BufferedReader|PrintWriter|StreamReader|StreamWriter|FileStream|connect|getConnection|socket|Dial)$/;

const openers =
  /^(open|fopen|File\.open|os\.(Open|Create|OpenFile)|fs\.openSync|FileReader|FileInputStream|FileOutputStream|FileWriter|BufferedReader|PrintWriter|StreamReader|StreamWriter|FileStream|File\.(OpenRead|OpenText|OpenWrite|Open|Create)|sqlite3\.connect|DriverManager\.getConnection|socket\.socket|net\.Dial|sql\.Open)$/;

/** What is opened is closed on no way, as far as the text of its function tells. */
export function isLeftOpen(context: Context, node: number): boolean {
  const { tree } = context;
  const call = callAt(tree, node);
  const name = call.qualifier === null ? call.name : `${call.qualifier}.${call.name}`;
  if (
    !openers.test(name) ||
    (name === 'open' && tree.table.language !== 'python') ||
    (/^[A-Z]\w+$/.test(name) && !/^(java|csharp)$/.test(tree.table.language))
  )
    return false;
  if (isManaged(context, node)) return false;
  const target = boundTo(tree, node);
  // A chained `open(x).read()` leaves closing to the garbage collector.
  if (target === null)
    return (
      tree.table.language === 'python' &&
      tree.kind(tree.parentOf(node)) === 'member' &&
      !tree.excerpt(tree.parentOf(node), 400).endsWith('.close')
    );
  const quoted = escaped(target);
  const unit = unitAt(context, node);
  const closing = new RegExp(
    `\\b(with|using)\\b[\\s(]+${quoted}\\b|${quoted}\\s*(\\?|!)?(\\.|->)(close|Close|Dispose|shutdown)|(fclose|closing|close|closeSync|ExitStack|enter_context)\\w*\\([^;\\n]*${quoted}|return\\s*\\(?\\s*(new \\w+\\([^;\\n]*)?${quoted}\\s*[,;)\\n}]|return\\s+${quoted}$|yield\\b[^;\\n]*${quoted}|(self|this)\\W+\\w*\\s*=\\s*${quoted}|new \\w+\\([^;\\n]*\\b${quoted}\\b|${writtenToTheEnd(quoted)}`,
  );
  return search(context, closing, unit) === false;
}

/** A pattern for what a log or the console writes to for as long as the program runs. @param name an escaped name */
export function writtenToTheEnd(name: string): string {
  return `\\b(log\\.New|SetOutput|SetOut|SetError|setOut|setErr|AddSync|Synchronized|StreamHandler|redirect_std(out|err))\\([^;\\n]*\\b${name}\\b`;
}

const streams = /^(\w*(Reader|Writer|InputStream|OutputStream)|Appendable)$/;

/** Java: put around what lies in memory, or around what somebody else has opened. */
function wrapsOpen(context: Context, node: number): boolean {
  const { tree } = context;
  const [first = -1] = tree.table.language === 'java' ? argumentNodes(tree, node) : [];
  if (first < 0) return false;
  if (tree.kind(first) === 'identifier')
    return streams.test(typeOf(context, node, tree.text(first)) ?? '');
  return /^new (String|CharArray|ByteArray)\w*(Reader|Writer|InputStream|OutputStream)\(/.test(
    tree.excerpt(first, 60),
  );
}

/** In a `with`, a try-with-resources, a `using`, a block, or handed to another call. */
function isManaged(context: Context, node: number): boolean {
  const { tree } = context;
  if (tree.field(node, 'block') >= 0 || wrapsOpen(context, node)) return true;
  let at = node;
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    const answer = managedBy(tree, up, at);
    if (answer !== null) return answer;
    at = up;
  }
  return false;
}

function managedBy(tree: SyntaxTree, up: number, at: number): boolean | null {
  const kind = tree.kind(up);
  if (kind === 'resource' || /^(with_item|resource)$/.test(tree.type(up))) return true;
  if (kind === 'return' || kind === 'yield' || kind === 'new') return true;
  if (kind === 'call') return tree.fieldName(at) !== 'function';
  if (kind === 'closure' || kind === 'function') return false;
  return tree.isStatement(up) ? /^\s*(await )?using\b/.test(tree.excerpt(up, 20)) : null;
}

function boundTo(tree: SyntaxTree, node: number): string | null {
  let at = tree.parentOf(node);
  if (at >= 0 && tree.type(at) === 'expression_list') at = tree.parentOf(at);
  const kind = at < 0 ? undefined : tree.kind(at);
  if (kind !== 'assignment' && kind !== 'declarator') return null;
  const target = bindingTarget(tree, at);
  // `*file` in C.
  const written = target < 0 ? '' : (tree.excerpt(target, 80).split(',')[0] ?? '');
  const name = written.replace(/^[\s*&]+/, '').trim();
  // A field outlives the function, and so does what `*result` points at: closing is someone else's duty.
  if (kind === 'assignment' && written.startsWith('*')) return null;
  return /[.>@]|^_$/.test(name) ? null : name;
}
