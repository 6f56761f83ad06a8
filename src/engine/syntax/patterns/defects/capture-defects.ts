import { escaped } from '../escaped.ts';

import { callAt } from '../../calls.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import type { Context, Detector } from '../context.ts';
import { following } from './shapes.ts';

/** Variables of the loops around a node, innermost first. */
function loopNames(tree: SyntaxTree, loop: number): string[] {
  const { language } = tree.table;
  if (language === 'python') {
    const left = tree.field(loop, 'left');
    return left < 0 ? [] : (tree.excerpt(left, 100).match(/[A-Za-z_]\w*/g) ?? []);
  }
  const head = tree.excerpt(loop, 200);
  // Who counts like that has a Go in which each turn has its own.
  if (language === 'go' && /^for\s+\w+\s*:=\s*range\s+\d/.test(head)) return [];
  const pattern =
    language === 'go'
      ? /^for\s+(\w+)(?:\s*,\s*(\w+))?\s*:=/
      : language === 'csharp'
        ? /^for\s*\(\s*(?:int|var|long)\s+(\w+)\s*=/
        : /^for\s*\(\s*var\s+(\w+)/;
  const match = pattern.exec(head);
  return [match?.[1], match?.[2]].filter(
    (name): name is string => name !== undefined && name !== '_',
  );
}

const keepers =
  /^(append|add|push|Add|set(?:Timeout|Interval)|addEventListener|on|once|connect|then|Run|StartNew|QueueUserWorkItem|register|subscribe|insert|setdefault|enqueue|put|schedule|call_later|submit|bind|Thread|on_\w+|add_(?:done_)?callback|after)$/;

/** A closure that is kept for later reads a loop variable that all of them share. */
function capturesLoopVariable(context: Context, node: number): boolean {
  const { tree } = context;
  const { language } = tree.table;
  const loop = tree.above(node, 'loop', 'function', 'closure', 'comprehension');
  if (loop < 0) return false;
  if (tree.kind(loop) === 'comprehension')
    return language === 'python' && isMadeOfClosures(tree, node, loop);
  if (tree.kind(loop) !== 'loop' || !isKept(tree, node)) return false;
  const body = tree.field(node, 'body');
  const parameters = tree.field(node, 'parameters', 'parameter');
  const given = parameters < 0 ? '' : tree.excerpt(parameters, 200);
  return loopNames(tree, loop).some((name) => {
    const word = new RegExp(`(^|[^\\w.])${escaped(name)}\\b(?!\\s*:)`);
    if (word.test(given)) return false;
    const own = new RegExp(`\\b(var|let|const)\\s+${escaped(name)}\\b|\\b${escaped(name)}\\s*:=`);
    const code = tree.excerpt(body < 0 ? node : body, 2_000);
    return word.test(code) && !own.test(code) && !isRebound(tree, loop, node, name);
  });
}

/** `x := x`, `let j = i` before it is captured. */
function isRebound(tree: SyntaxTree, loop: number, node: number, name: string): boolean {
  const before = tree.source.slice(tree.start[loop], tree.start[node]);
  return new RegExp(`\\b${escaped(name)}\\s*:=\\s*${escaped(name)}\\b`).test(
    before.slice(0, 4_000),
  );
}

function isMadeOfClosures(tree: SyntaxTree, node: number, comprehension: number): boolean {
  if (tree.parentOf(node) !== comprehension || tree.kind(node) !== 'closure') return false;
  const clause = tree.children(comprehension).find((child) => tree.type(child) === 'for_in_clause');
  if (clause === undefined) return false;
  const names = loopNames(tree, clause);
  const text = tree.excerpt(node, 300);
  const [head = '', ...rest] = text.split(':');
  return names.some((name) => {
    const word = new RegExp(`\\b${escaped(name)}\\b`);
    return word.test(rest.join(':')) && !word.test(head);
  });
}

const keptAs = /^(command|target|callback|handler|action|on_\w+)$/;

function isKept(tree: SyntaxTree, node: number): boolean {
  let at = tree.parentOf(node);
  for (let up = 0; up < 2 && at >= 0 && tree.type(at).startsWith('argument'); up += 1)
    at = tree.parentOf(at);
  if (tree.type(at) === 'keyword_argument')
    return keptAs.test(tree.excerpt(tree.field(at, 'name'), 30));
  return isPutAway(tree, node, at);
}

/** Assigned to a place or an event, or handed to a call that keeps it. */
function isPutAway(tree: SyntaxTree, node: number, at: number): boolean {
  const kind = at < 0 ? undefined : tree.kind(at);
  if (kind === 'assignment') {
    const left = tree.field(at, 'left');
    return tree.kind(left) === 'index' || /\.on[a-z]+$/.test(tree.excerpt(left, 120));
  }
  if (kind !== 'call' && kind !== 'new') return false;
  if (tree.table.language === 'go') return tree.type(tree.parentOf(at)) === 'go_statement';
  return tree.fieldName(node) !== 'function' && keepers.test(callAt(tree, at).name);
}

/** Python: a function that is made in a loop and put away there, whose body reads what the loop goes on with. */
function keepsInnerFunction({ tree }: Context, node: number): boolean {
  const loop = tree.above(node, 'loop', 'function', 'closure');
  const named = tree.field(node, 'name');
  if (loop < 0 || named < 0 || tree.kind(loop) !== 'loop') return false;
  const name = tree.text(named);
  const kept = new RegExp(
    `\\.(append|add|connect|register|subscribe|bind)\\(([^()]*,)?\\s*${name}\\s*\\)|\\[[^\\]]+\\]\\s*=\\s*${name}\\s*$|\\b(command|target|callback)\\s*=\\s*${name}\\b`,
  );
  if (!following(tree, node, 6).some((one) => kept.test(tree.excerpt(one, 300)))) return false;
  const parameters = tree.excerpt(tree.field(node, 'parameters'), 300);
  const body = tree.excerpt(tree.field(node, 'body'), 3_000);
  return loopNames(tree, loop).some((one) => {
    const word = new RegExp(`(^|[^\\w.])${escaped(one)}\\b(?!\\s*=[^=])`);
    return (
      word.test(body) &&
      !new RegExp(`\\b${escaped(one)}\\b`).test(parameters) &&
      !new RegExp(
        `(^|\\n)\\s*${escaped(one)}\\s*=[^=]|\\bfor\\s[^\\n]*\\b${escaped(one)}\\b[^\\n]*\\bin\\b`,
      ).test(body)
    );
  });
}

/** Closures that outlive the turn of a loop in which they were made. */
export const captureDetectors: Detector[] = [
  { rule: 'captured-loop-variable', kinds: ['closure'], test: capturesLoopVariable },
  { rule: 'shared-loop-variable', kinds: ['closure'], test: capturesLoopVariable },
  {
    rule: 'captured-loop-variable',
    kinds: ['type:function_definition', 'function'],
    test: (context, node) =>
      context.tree.table.language === 'python' && keepsInnerFunction(context, node),
  },
];
