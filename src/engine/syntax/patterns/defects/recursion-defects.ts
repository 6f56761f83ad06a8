import type { SyntaxTree } from '../../syntax-tree.ts';
import type { Context, Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { flat } from './shapes.ts';

/** The only statement of a function calls it with the very same arguments, or a property gives itself back. */
function recursesAlways({ tree }: Context, node: number): boolean {
  const body = tree.field(node, 'body');
  const name = tree.field(node, 'name');
  if (body < 0 || name < 0 || isOfAnotherName(tree, node, name)) return false;
  const word = tree.text(name);
  const text = flat(tree, body, 200);
  if (!text.includes('return')) return false;
  if (tree.table.language === 'python')
    return isProperty(tree, node) && text === `return self.${word}`;
  if (!text.includes(`${word}(`)) return false;
  const own = new RegExp(
    `^\\{?\\s*return\\s+(self\\.|this\\.)?${escaped(word)}\\(([\\w, ]*)\\);?\\s*\\}?$`,
  ).exec(text);
  if (own === null || !isOwnCall(tree, node, own[1])) return false;
  return wordsOf(own[2] ?? '') === wordsOf(parametersOf(tree, node));
}

function isOfAnotherName(tree: SyntaxTree, node: number, name: number): boolean {
  return tree.type(node) === 'accessor_declaration' || isOfInterface(tree, name);
}

/** `IEnumerator IEnumerable.GetEnumerator()` is another method than the `GetEnumerator()` that it calls. */
function isOfInterface(tree: SyntaxTree, name: number): boolean {
  const start = tree.start[name] ?? 0;
  return tree.table.language === 'csharp' && /[\w>]\.$/.test(tree.source.slice(start - 2, start));
}

function isProperty(tree: SyntaxTree, node: number): boolean {
  const start = tree.start[node] ?? 0;
  return /@(property|cached_property)\b/.test(tree.source.slice(Math.max(0, start - 60), start));
}

/** In scripts a bare call in a method is one of another function, and `this.` in a function, too. */
function isOwnCall(tree: SyntaxTree, node: number, prefix: string | undefined): boolean {
  const { language } = tree.table;
  if (language === 'java' || language === 'csharp' || language === 'cpp') return true;
  return tree.type(node).includes('method') === (prefix !== undefined);
}

function parametersOf(tree: SyntaxTree, node: number): string {
  const parameters = tree.field(node, 'parameters');
  return (parameters < 0 ? '' : tree.text(parameters))
    .replace(/^\(|\)$/g, '')
    .split(',')
    .map((one) => /(\w+)\s*(:.*)?(=.*)?$/.exec(one.trim())?.[1] ?? '')
    .filter((one) => one !== 'self')
    .join();
}

function wordsOf(text: string): string {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .join();
}

/** A property of C# whose accessor gives or sets the property, and not the field behind it. */
function givesItself(tree: SyntaxTree, node: number): boolean {
  const named = tree.field(node, 'name');
  if (named >= 0 && isOfInterface(tree, named)) return false;
  const name = named < 0 ? '' : escaped(tree.text(named));
  const text = flat(tree, node, 400);
  const own = `(this\\.)?${name}`;
  return new RegExp(
    `\\bget\\s*(\\{\\s*return\\s+${own};\\s*\\}|=>\\s*${own};)|\\bset\\s*(\\{\\s*${own}\\s*=\\s*value;\\s*\\}|=>\\s*${own}\\s*=\\s*value;)|\\b${name}\\s*=>\\s*${own};$`,
  ).test(text);
}

/** Functions that can only call themselves. */
export const recursionDetectors: Detector[] = [
  {
    rule: 'endless-recursion',
    kinds: ['field'],
    test: ({ tree }, node) =>
      tree.type(node) === 'property_declaration' &&
      tree.table.language === 'csharp' &&
      givesItself(tree, node),
  },
  { rule: 'endless-recursion', kinds: ['function'], test: recursesAlways },
];
