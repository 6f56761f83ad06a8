import { argumentNodes, callAt, fullName } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import type { Context, Detector } from '../context.ts';
import { branchesOf } from './branches.ts';
import { isEndless } from './endless-loops.ts';
import { bindingsOf, typeOf } from './name-index.ts';
import { escaped } from '../escaped.ts';
import { below, flat, following, statementAround } from './shapes.ts';

/** What changes a list, by language. */
const changers: Record<string, RegExp> = {
  python: /^(remove|append|pop|insert|extend|clear|discard|add|popitem|update)$/,
  ruby: /^(delete|delete_at|delete_if|push|unshift|shift|pop|insert|clear|reject!|select!|<<)$/,
  java: /^(remove|add|addAll|removeAll|clear|put)$/,
  csharp: /^(Remove|Add|AddRange|RemoveAt|Insert|Clear)$/,
  cpp: /^(erase|push_back|insert|pop_back|clear|emplace_back|resize)$/,
  javascript: /^(splice|push|shift|unshift|pop)$/,
};

interface Iterated {
  name: string;
  /** The loop goes over keys or items of a map. */
  view: boolean;
  body: number;
}

/** The list that a for-each loop goes through, when it is a plain name. */
function iteratedBy(tree: SyntaxTree, node: number): Iterated | null {
  const { language } = tree.table;
  if (tree.kind(node) === 'call') return iteratedByCall(tree, node);
  if (
    !/^(for_statement|enhanced_for_statement|foreach_statement|for_range_loop|for_in_statement|for)$/.test(
      tree.type(node),
    )
  )
    return null;
  const over = tree.field(node, 'right', 'value');
  const body = tree.field(node, 'body');
  if (over < 0 || body < 0) return null;
  if (tree.type(node) === 'for_statement' && language !== 'python') return null;
  const list = listOf(tree, over, body);
  return list === null ? null : { ...list, body };
}

/** The plain name of what is gone through, and whether it is gone through by a view of it. */
function listOf(tree: SyntaxTree, over: number, body: number): Omit<Iterated, 'body'> | null {
  const text = flat(tree, over, 80)
    .replace(/^in\s+/, '')
    .replace(/\s+do$/, '');
  const numbered = /^enumerate\((\w+)\)$/.exec(text)?.[1];
  // A list of work may grow while it is numbered.
  if (numbered !== undefined)
    return tree.excerpt(body, 4_000).includes('.append(') ? null : { name: numbered, view: false };
  const match =
    /^(self\.|this\.|@)?([\w$]+)(\.(keys|values|items|keySet|entrySet|Keys|Values)(\(\))?)?$/.exec(
      text,
    );
  if (match === null) return null;
  return { name: `${match[1] ?? ''}${match[2] ?? ''}`, view: match[3] !== undefined };
}

function iteratedByCall(tree: SyntaxTree, node: number): Iterated | null {
  const { name, qualifier } = callAt(tree, node);
  if (qualifier === null || !/^(@|this\.|self\.)?[\w$]+$/.test(qualifier)) return null;
  if (
    tree.table.language === 'ruby' &&
    /^(each|each_with_index|map|each_pair|each_key)$/.test(name)
  ) {
    const body = tree.field(node, 'block');
    return body < 0 ? null : { name: qualifier, view: false, body };
  }
  const first = argumentNodes(tree, node)[0];
  if (name !== 'forEach' || first === undefined || tree.kind(first) !== 'closure') return null;
  return { name: qualifier, view: false, body: first };
}

/** Nodes of a loop that are looked at: nested loops share theirs. */
const nodesLooked = 3_000;

/** A list is changed by the loop that goes through it, and the loop goes on. */
function changesIterated({ tree }: Context, node: number): boolean {
  const iterated = iteratedBy(tree, node);
  if (iterated === null) return false;
  const { name, body } = iterated;
  const family = tree.table.closuresAreUnits ? 'javascript' : tree.table.language;
  const changer = changers[family];
  if (changer === undefined) return false;
  const end = Math.min(tree.endOf(body), body + nodesLooked);
  for (let at = body; at < end; at += 1) {
    if (changesAt(tree, at, name, changer) && !leavesAfter(tree, at, node)) return true;
  }
  return false;
}

function changesAt(tree: SyntaxTree, at: number, name: string, changer: RegExp): boolean {
  const kind = tree.kind(at);
  if (kind === 'call') {
    const call = callAt(tree, at);
    if (call.qualifier !== name || !changer.test(call.name)) return false;
    // What a script appends to a list is gone through as well: a list of work, unless each turn appends.
    return call.name !== 'push' || !isInBranch(tree, at);
  }
  if (tree.table.language === 'ruby' && kind === 'binary')
    return tree.text(at).startsWith(`${name} <<`);
  return (
    tree.type(at) === 'delete_statement' &&
    new RegExp(`^del\\s+${escaped(name)}\\[`).test(tree.excerpt(at, 120))
  );
}

function isInBranch(tree: SyntaxTree, node: number): boolean {
  const up = tree.above(node, 'if', 'switch', 'ternary', 'loop', 'closure', 'function');
  return up >= 0 && /^(if|switch|ternary)$/.test(tree.kind(up) ?? '');
}

/** The loop ends right after: `break` or `return` follows in the same block. */
function leavesAfter(tree: SyntaxTree, at: number, loop: number): boolean {
  let statement = statementAround(tree, at);
  for (let level = 0; level < 6 && statement > loop; level += 1) {
    if (tree.kind(statement) === 'return') return true;
    const next = following(tree, statement, 4);
    if (next.some((one) => /^(break|return|raise|throw|exit|goto)\b/.test(tree.excerpt(one, 8))))
      return true;
    const up = tree.parentOf(statement);
    if (up < 0 || tree.kind(up) !== 'block') return false;
    const holder = tree.parentOf(up);
    if (holder <= loop) return false;
    statement = statementAround(tree, holder);
  }
  return false;
}

/** `for (i = 0; i < list.length; i++) list.splice(i, 1)`, `for i in range(len(xs)): xs.pop(i)`: an element is skipped. */
function skipsAfterRemoval({ tree }: Context, node: number): boolean {
  const head = tree.excerpt(node, 300).split('\n')[0] ?? '';
  const [, index, list] =
    countedUp.exec(head) ?? rangeOfList.exec(head) ?? rustRange.exec(head) ?? [];
  const body = tree.field(node, 'body');
  if (index === undefined || list === undefined || body < 0) return false;
  const removal = new RegExp(
    `\\b${escaped(list)}(\\.|->)(splice\\(\\s*${index}\\s*,\\s*1\\s*\\)|(remove|RemoveAt|pop|removeAt)\\(\\s*${index}\\s*\\)|erase\\([^)]*\\b${index}\\s*\\))|\\bdel\\s+${escaped(list)}\\[${index}\\]`,
  );
  const place = removalIn(tree, body, removal);
  const back = new RegExp(`\\b${index}\\s*(--|-=)|--\\s*${index}\\b`);
  return place >= 0 && !back.test(tree.excerpt(body, 4_000)) && !leavesAfter(tree, place, node);
}

const countedUp =
  /\b(\w+)\s*<\s*([\w.$]+?)(?:\.|->)(?:length|size|Length|Count)\b(?:\(\))?\s*;[^;]*(?:\+\+|\+=\s*1)/;
const rustRange = /^for\s+(\w+)\s+in\s+0\.\.([\w.]+)\.len\(\)\s*\{/;
const rangeOfList = /^for\s+(\w+)\s+in\s+range\(len\((\w+)\)\)/;

function removalIn(tree: SyntaxTree, body: number, removal: RegExp): number {
  for (const at of below(tree, body)) {
    const isRemoval = tree.kind(at) === 'call' || tree.type(at) === 'delete_statement';
    if (isRemoval && removal.test(tree.excerpt(at, 160))) return at;
  }
  return -1;
}

/** The last statement of the body leaves, whatever happened, after work that was meant for each element. */
function turnsOnce(tree: SyntaxTree, node: number): boolean {
  const body = tree.field(node, 'body');
  if (body < 0 || tree.kind(body) !== 'block' || !forEach.test(tree.type(node))) return false;
  const head = tree.source.slice(tree.start[node], tree.start[body]);
  const list = statementsIn(tree, body);
  if (list.length === 1) return decidesAtOnce(tree, list[0] ?? -1);
  const last = tree.excerpt(list.at(-1) ?? body, 8);
  if (!/^(return|break)\b/.test(last)) return false;
  if (/;\s*;|^for\s*\{?\s*$/.test(head)) return false;
  return !/\b(continue|next|goto|yield)\b/.test(tree.excerpt(body, 8_000)) && addsUp(tree, list);
}

/** `if … return true; else return false;` is all of a turn: only the first one is ever looked at. */
function decidesAtOnce(tree: SyntaxTree, node: number): boolean {
  if (tree.kind(node) !== 'if') return false;
  const { conditions, bodies } = branchesOf(tree, node);
  return (
    bodies.length > conditions.length &&
    bodies.every((body) => {
      const list =
        tree.kind(body) === 'block' ? statementsIn(tree, body) : tree.namedChildren(body);
      const only = list.length === 1 ? (list[0] ?? -1) : -1;
      return /^return\s*\(?\s*(true|false|True|False)\b/.test(
        tree.excerpt(only < 0 ? body : only, 24),
      );
    })
  );
}

const forEach =
  /^(for_statement|enhanced_for_statement|foreach_statement|for_range_loop|for_in_statement|for_expression|for)$/;

function statementsIn(tree: SyntaxTree, body: number): number[] {
  const inner = tree.namedChildren(body);
  const [only] = inner;
  const wrapped = only !== undefined && inner.length === 1 && tree.type(only) === 'statement_list';
  return wrapped ? tree.namedChildren(only) : inner;
}

/** Something is collected over the turns. */
function addsUp(tree: SyntaxTree, statements: readonly number[]): boolean {
  return statements.some((one) =>
    /^[\w.$[\]]+\s*(\+=|-=|\*=|<<|\+\+)|\.(append|push|add|Add|push_back)\(/.test(
      tree.excerpt(one, 200),
    ),
  );
}

export const loopDetectors: Detector[] = [
  {
    rule: 'changed-while-iterated',
    kinds: ['loop', 'call'],
    method: /^(each|each_with_index|map|each_pair|each_key|forEach)$/,
    test: changesIterated,
  },
  { rule: 'changed-while-iterated', kinds: ['loop'], test: skipsAfterRemoval },
  {
    rule: 'endless-loop',
    kinds: ['loop'],
    test: isEndless,
  },
  { rule: 'single-turn-loop', kinds: ['loop'], test: ({ tree }, node) => turnsOnce(tree, node) },
  {
    rule: 'defer-in-loop',
    kinds: ['type:defer_statement'],
    test: ({ tree }, node) => tree.kind(tree.above(node, 'loop', 'closure', 'function')) === 'loop',
  },
  {
    rule: 'for-in-array',
    kinds: ['loop'],
    test: (context, node) => {
      const { tree } = context;
      if (
        tree.type(node) !== 'for_in_statement' ||
        !/^for\s*\([^)]*\sin\s/.test(tree.excerpt(node, 200))
      )
        return false;
      const over = tree.field(node, 'right');
      if (over < 0 || tree.kind(over) !== 'identifier') return false;
      const type = typeOf(context, node, tree.text(over)) ?? '';
      const bound = bindingsOf(context, node, tree.text(over));
      return (
        /\[\]$|^Array</.test(type) ||
        (bound.length > 0 &&
          bound.every(({ value }) => value >= 0 && tree.excerpt(value, 1) === '['))
      );
    },
  },
  {
    rule: 'waitgroup-add-in-goroutine',
    kinds: ['type:go_statement'],
    test: (context, node) => {
      const { tree } = context;
      const text = tree.excerpt(node, 4_000);
      for (let at = node; at < tree.endOf(node); at += 1) {
        const name = tree.kind(at) === 'call' ? fullName(tree, at) : '';
        if (!name.endsWith('.Add') || !/\(\s*1\s*\)$/.test(tree.excerpt(at, 80))) continue;
        const group = name.slice(0, -4);
        if (
          /(^|\.)wg$/i.test(group) ||
          text.includes(`defer ${group}.Done()`) ||
          typeOf(context, node, group) === 'sync.WaitGroup'
        )
          return true;
      }
      return false;
    },
  },
];
