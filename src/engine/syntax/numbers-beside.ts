import type { NumberFacts } from '../token-facts.ts';
import { wordsOfName } from '../words-of-name.ts';
import { nodesOf } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** Numbers kept per file, and characters on either side in which names are looked for. */
const limits = { numbers: 2_000, characters: 100 };

const literals = nodesOf('number', 'string');

/** Numbers of two digits or more, those in texts too, with the words of the names that stand in their statement. */
export function numbersBeside(tree: SyntaxTree): NumberFacts[] {
  const found: NumberFacts[] = [];
  for (const node of literals(tree)) {
    if (found.length === limits.numbers) break;
    const numbers = numbersIn(tree.excerpt(node, limits.characters));
    if (numbers.length === 0) continue;
    const words = wordsOf(statementAround(tree, node));
    const line = tree.startLine(node);
    for (const number of numbers) found.push({ line, number, words });
  }
  return found;
}

function numbersIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w.,])\d[\d,_.]*(?![\d,_.])/g)]
    .map(([run]) => run.replaceAll(/[,_]/g, '').replace(/\.+$/, ''))
    .filter((number) => number.length > 1);
}

/** The line around a node is its statement, but for branches without braces: the statement in one is its own. */
function statementAround(tree: SyntaxTree, node: number): string {
  const [start, stop] = [tree.start[node]!, tree.stop[node]!];
  let statement = node;
  while (statement > 0 && !tree.isStatement(statement)) statement = tree.parentOf(statement);
  const inner = tree
    .namedChildren(Math.max(0, statement))
    .find((child) => tree.start[child]! >= stop && tree.isStatement(child));
  const first = Math.max(0, start - limits.characters, tree.start[statement] ?? 0);
  const last = Math.min(
    stop + limits.characters,
    inner === undefined ? Infinity : tree.start[inner]!,
  );
  const before = tree.source.slice(first, start);
  const after = tree.source.slice(stop, last);
  return `${before.slice(before.lastIndexOf('\n') + 1)} ${after.split('\n', 1)[0] ?? ''}`;
}

function wordsOf(text: string): string[] {
  const bare = text.replaceAll(/"[^"]*"|'[^']*'|\/\/.*|#.*/g, ' ');
  const names = (bare.match(/[A-Za-z_]\w{2,}/g) ?? []).filter((name) => !keywords.has(name));
  return names.flatMap(wordsOfName).filter((word) => word.length > 2);
}

/** Words of code that stand beside any number. */
const keywords = new Set(
  'const let var int long float double static final public private return for while range export'.split(
    ' ',
  ),
);
