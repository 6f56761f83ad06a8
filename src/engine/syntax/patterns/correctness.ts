import { givesField } from '../bindings.ts';
import { callAt } from '../calls.ts';
import { previousSibling } from '../headers.ts';
import { operandsOf } from './defects/shapes.ts';
import type { Kind } from '../languages/language-table.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { operatorOf } from '../tree-questions.ts';
import { isDynamic, search, unitOf, type Context, type Detector } from './context.ts';
import { isLeftOpen, opening } from './resources.ts';

const comparisons = new Set(['==', '!=', '===', '!==', '<', '>', '<=', '>=', 'is']);

function sides(tree: SyntaxTree, node: number): [string, string] {
  const both = operandsOf(tree, node);
  return both === null ? ['', ''] : [tree.excerpt(both[0], 200), tree.excerpt(both[1], 200)];
}

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
    test: (context, node) => {
      const { tree } = context;
      if (!comparisons.has(operatorOf(tree, node))) return false;
      const [left, right] = sides(tree, node);
      // Literals are constants on purpose; calls may differ; `x != x` is the idiom for NaN.
      return (
        left === right &&
        left !== '' &&
        !literal.test(left) &&
        !left.includes('(') &&
        !operatorOf(tree, node).startsWith('!') &&
        !/NaN|['"]number['"]/i.test(tree.excerpt(tree.parentOf(node), 300)) &&
        !/nan|number|numeric|finite/i.test(unitOf(context, node)?.name ?? '')
      );
    },
  },
  {
    rule: 'self-assignment',
    kinds: ['assignment'],
    test: ({ tree, file }, node) => {
      const left = tree.field(node, 'left');
      const right = tree.field(node, 'right');
      // `rows = rows` tells Svelte that something in it has changed.
      if (
        file.path.endsWith('.svelte') ||
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

function isErrorIgnored({ tree }: Context, node: number): boolean {
  const text = tree.excerpt(node, 200);
  if (tree.table.language === 'go') {
    return (
      /^_(\s*,\s*_)*\s*:?=\s*[\w.]+\(/.test(text) &&
      !/Close\(|\.Error\(|fmt\.Fp?rint|\.Write(String)?\(|NewEncoder\(w\)\.Encode\(/.test(text)
    );
  }
  return (
    tree.table.language === 'rust' &&
    /^let _ =\s*[\w.:&]+\(/.test(text) &&
    !/\.join\(|send\(|writeln!|print|flush|\)\?;|\.(lock|read|write)\(\)/.test(text)
  );
}
