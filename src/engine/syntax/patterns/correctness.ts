import { escaped } from './escaped.ts';
import { bindingTarget, givesField } from '../bindings.ts';
import { argumentNodes, callAt } from '../calls.ts';
import { previousSibling } from '../headers.ts';
import { typeOf } from './defects/name-index.ts';
import { operandsOf } from './defects/shapes.ts';
import type { Kind } from '../languages/language-table.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { operatorOf } from '../tree-questions.ts';
import { isDynamic, search, unitAt, type Context, type Detector } from './context.ts';

const comparisons = new Set(['==', '!=', '===', '!==', '<', '>', '<=', '>=', 'is']);

function sides(tree: SyntaxTree, node: number): [string, string] {
  const both = operandsOf(tree, node);
  return both === null ? ['', ''] : [tree.excerpt(both[0], 200), tree.excerpt(both[1], 200)];
}

/** Last names of what opens something. */
const opening =
  /^(f?open|Open\w*|Create|openSync|FileReader|File(In|Out)putStream|FileWriter|BufferedReader|PrintWriter|StreamReader|StreamWriter|FileStream|connect|getConnection|socket|Dial)$/;

/** `while (state = 1)`: what is assigned is a constant, so nothing is asked. */
function loopsOnAssigned(tree: SyntaxTree, node: number): boolean {
  return /^while\s*\(\s*[\w.$]+(->\w+)*\s*=\s*(-?\d+|true|false|"[^"]*"|'[^']*')\s*\)/.test(
    tree.excerpt(node, 120),
  );
}

const literal = /^(-?\d[\w.]*|["'`].*["'`])$/s;

/** Rules on mistakes that any reader would call one. */
export const correctnessDetectors: Detector[] = [
  {
    rule: 'mutable-default',
    kinds: ['type:default_parameter', 'type:typed_default_parameter'],
    test: ({ tree }, node) =>
      // `_cache={}` is kept between calls on purpose.
      !/^_?\w*(cache|memo)\w*\b/.test(tree.excerpt(node, 60)) &&
      /^(\[|\{|(list|dict|set|defaultdict)\()/.test(tree.excerpt(tree.field(node, 'value'), 12)),
  },
  {
    rule: 'compare-to-none',
    kinds: ['binary'],
    test: ({ tree }, node) =>
      /^[!=]=$/.test(operatorOf(tree, node)) && sides(tree, node).includes('None'),
  },
  {
    rule: 'compare-to-nan',
    kinds: ['binary'],
    test: ({ tree }, node) =>
      /^[!=]==?$/.test(operatorOf(tree, node)) &&
      sides(tree, node).some((side) =>
        /^((Number|math|np|numpy|Double|Float|double|float|f64|f32)(\.|::))?(NaN|nan|NAN)$|^float\(['"]nan['"]\)$/.test(
          side,
        ),
      ),
  },
  {
    rule: 'is-literal',
    kinds: ['binary'],
    test: ({ tree }, node) =>
      /^is\b/.test(operatorOf(tree, node)) && sides(tree, node).some((side) => literal.test(side)),
  },
  {
    rule: 'string-identity',
    kinds: ['binary'],
    test: ({ tree }, node) =>
      /^[!=]=$/.test(operatorOf(tree, node)) &&
      sides(tree, node).some((side) => side.startsWith('"')) &&
      !sides(tree, node).includes('null'),
  },
  {
    rule: 'self-comparison',
    kinds: ['binary'],
    test: ({ tree }, node) => {
      if (!comparisons.has(operatorOf(tree, node))) return false;
      const [left, right] = sides(tree, node);
      // Literals are constants on purpose; calls may differ; `x != x` is the idiom for NaN.
      return (
        left === right &&
        left !== '' &&
        !literal.test(left) &&
        !left.includes('(') &&
        !operatorOf(tree, node).startsWith('!') &&
        !/NaN/i.test(tree.excerpt(tree.parentOf(node), 300))
      );
    },
  },
  {
    rule: 'self-assignment',
    kinds: ['assignment'],
    test: ({ tree }, node) => {
      const left = tree.field(node, 'left');
      const right = tree.field(node, 'right');
      if (
        left < 0 ||
        right < 0 ||
        tree.field(node, 'type') >= 0 ||
        tree.type(node) === 'short_var_declaration'
      )
        return false;
      const text = tree.excerpt(left, 100);
      return (
        operatorIsPlain(tree, node) &&
        text === tree.excerpt(right, 100) &&
        !text.includes('(') &&
        !/^(parameters|initializer_expression)$/.test(tree.type(tree.parentOf(node))) &&
        tree.kind(tree.parentOf(node)) !== 'parameters' &&
        !givesField(tree, node) &&
        tree.above(node, 'function') >= 0
      );
    },
  },
  { rule: 'unreachable-code', kinds: ['return', 'throw', 'jump'], test: isFollowedByCode },
  {
    rule: 'assignment-in-condition',
    kinds: ['if', 'loop'],
    test: ({ tree }, node) => {
      if (tree.kind(node) === 'loop') return loopsOnAssigned(tree, node);
      let at = tree.field(node, 'condition');
      while (at >= 0 && tree.kind(at) === 'paren') at = tree.namedChildren(at)[0] ?? -1;
      if (at < 0 || tree.kind(at) !== 'assignment' || tree.type(at) === 'named_expression')
        return false;
      const right = tree.field(at, 'right');
      // `if ((next = first))` says by its second brackets that it is meant.
      return tree.table.language === 'cpp' &&
        !/^\(\s*\(/.test(tree.excerpt(tree.field(node, 'condition'), 4))
        ? tree.kind(right) === 'identifier' || !isDynamic(tree, right)
        : !isDynamic(tree, right);
    },
  },
  { rule: 'off-by-one', kinds: ['loop'], test: runsPastTheEnd },
  { rule: 'unclosed-resource', kinds: ['call', 'new'], method: opening, test: isLeftOpen },
  { rule: 'ignored-error', kinds: ['assignment', 'declarator'], test: isErrorIgnored },
  {
    rule: 'panicking-unwrap',
    kinds: ['call'],
    method: /^unwrap$/,
    test: (context, node) => {
      const { tree, file } = context;
      const { qualifier, arguments: count } = callAt(tree, node);
      if (count !== 0 || file.role !== 'source' || qualifier === null) return false;
      // A lock or a constant can't fail for a reason outside the program.
      return fromOutside.test(qualifier) && !isInTests(context, node);
    },
  },
];

const fromOutside =
  /read_line|\.parse(::<|\(|$)|File::(open|create)|\bfs::|env::(args|var)|\bargs\b|from_str\(|TcpStream|TcpListener|\.read_to_\w+|serde_json|\.recv\(|\.send\(\)|reqwest|\.connect\(|query/;

function operatorIsPlain(tree: SyntaxTree, node: number): boolean {
  const token = tree.children(node).find((child) => !tree.named(child));
  return token === undefined || tree.text(token) === '=';
}

function isInTests({ tree }: Context, node: number): boolean {
  for (
    let up = tree.above(node, 'namespace', 'function');
    up >= 0;
    up = tree.above(up, 'namespace', 'function')
  ) {
    const before = previousSibling(tree, up);
    if (before >= 0 && /#\[(cfg\(test\)|test|tokio::test)/.test(tree.excerpt(before, 40)))
      return true;
  }
  return false;
}

const harmless =
  /^(case|default|when|else|elsif|rescue|ensure|end|end_|\}|#)|^preproc|_case$|_label$|switch_|declaration$|function|class|comment|empty_statement|labeled_statement|field/;

function isFollowedByCode({ tree }: Context, node: number): boolean {
  // `return x` may be wrapped in an expression statement (Rust, PHP's throw).
  const wrapped = tree.type(tree.parentOf(node)) === 'expression_statement';
  const at = wrapped ? tree.parentOf(node) : node;
  const block = tree.parentOf(at);
  if (tree.kind(block) !== 'block' && tree.type(block) !== 'statement_list') return false;
  const next = nextNamed(tree, at, block);
  if (next < 0 || tree.isError(next)) return false;
  const kind = tree.kind(next);
  if (kind !== undefined && resumes.has(kind)) return false;
  if (tree.table.language === 'cpp' && isOddInC(tree, node, next)) return false;
  return !harmless.test(tree.type(next)) || tree.isStatement(next);
}

/** A `break` after `return` of a case is a habit; `if MACRO (…) return` is read as no `if`. */
function isOddInC(tree: SyntaxTree, node: number, next: number): boolean {
  if (/^break;$/.test(tree.excerpt(next, 8))) return true;
  const before = tree.source.slice(Math.max(0, (tree.start[node] ?? 0) - 80), tree.start[node]);
  return before.trimEnd().endsWith(')');
}

/** Declarations are hoisted; the others are reached by another way. */
const resumes = new Set<Kind>(['function', 'class', 'catch', 'else', 'finally']);

/** Rust: they are there from the beginning of their block on, or belong to the item after them. */
const items =
  /^(attribute_item|inner_attribute_item|use_declaration|const_item|static_item|type_item|macro_definition)$/;

function nextNamed(tree: SyntaxTree, at: number, block: number): number {
  for (
    let next = tree.endOf(at);
    next < tree.size && tree.parentOf(next) === block;
    next = tree.endOf(next)
  ) {
    if (!tree.named(next) || tree.kind(next) === 'comment' || items.test(tree.type(next))) continue;
    return next;
  }
  return -1;
}

/** `i <= xs.length` in a loop that reads `xs[i]`. */
function runsPastTheEnd(context: Context, node: number): boolean {
  const { tree } = context;
  const head = tree.excerpt(node, 300).split('\n')[0] ?? '';
  const match =
    /^while\s*\(?\s*\$?(\w+)\s*<=\s*(?:([\w$.]+)\.(?:length|size|Length|Count)(?:\(\))?|(?:len|count)\((\$?[\w.]+)\))\s*[:)]/.exec(
      head,
    ) ??
    /[;(]\s*\$?(\w+)\s*<=\s*(?:([\w$.>-]+?)(?:\.|->)(?:length|size|Length|Count)(?:\(\))?|(?:len|count|strlen)\((\$?[\w.]+)\))\s*;/.exec(
      head,
    );
  const index = match?.[1];
  const list = (match?.[2] ?? match?.[3])?.replace(/\W/g, '\\$&');
  if (index === undefined || list === undefined) return false;
  const read = new RegExp(`${list}(\\[|\\.(get|charAt|at)\\()\\s*\\$?${index}\\s*[\\])]`);
  return search(context, read, [node, 4_000]) === true && !isGuarded(context, node, index, list);
}

/** `i == xs.length ||` before it is read: the last turn does something else. */
function isGuarded(context: Context, loop: number, index: string, list: string): boolean {
  const body = context.tree.field(loop, 'body');
  const guard = new RegExp(
    `\\b${index}\\s*(===?|<|!==?)\\s*(${list}\\b|(len|count)\\(\\$?${list})`,
  );
  return body >= 0 && search(context, guard, [body, 4_000]) !== false;
}

const openers =
  /^(open|fopen|File\.open|os\.(Open|Create|OpenFile)|fs\.openSync|FileReader|FileInputStream|FileOutputStream|FileWriter|BufferedReader|PrintWriter|StreamReader|StreamWriter|FileStream|File\.(OpenRead|OpenText|OpenWrite|Open|Create)|sqlite3\.connect|DriverManager\.getConnection|socket\.socket|net\.Dial|sql\.Open)$/;

function isLeftOpen(context: Context, node: number): boolean {
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
    `\\b(with|using)\\b[\\s(]+${quoted}\\b|${quoted}\\s*(\\?|!)?(\\.|->)(close|Close|Dispose|shutdown)|(fclose|closing|close|closeSync|ExitStack|enter_context)\\w*\\(.*${quoted}|return\\s*\\(?\\s*(new \\w+\\(.*)?${quoted}\\s*[,;)\\n}]|return\\s+${quoted}$|yield\\b.*${quoted}|(self|this)\\W+\\w*\\s*=\\s*${quoted}|new \\w+\\(.*\\b${quoted}\\b`,
  );
  return search(context, closing, unit) === false;
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

function isErrorIgnored({ tree }: Context, node: number): boolean {
  const text = tree.excerpt(node, 200);
  if (tree.table.language === 'go') {
    return (
      /^_(\s*,\s*_)*\s*:?=\s*[\w.]+\(/.test(text) &&
      !/Close\(|\.Error\(|fmt\.Fp?rint|\.Write(String)?\(/.test(text)
    );
  }
  return (
    tree.table.language === 'rust' &&
    /^let _ =\s*[\w.:&]+\(/.test(text) &&
    !/\.join\(|send\(|writeln!|print|flush|\)\?;/.test(text)
  );
}
