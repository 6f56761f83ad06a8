import type { ImportFacts } from '../facts.ts';
import { argumentNodes, callAt } from './calls.ts';
import type { FullLanguage } from '../facts.ts';
import { nodesWhere } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';

type Found = Omit<ImportFacts, 'line'>;

const mayImport = nodesWhere(
  (kind, type) =>
    kind === 'import' || kind === 'call' || type === 'export_statement' || type === 'mod_item',
);

/** Imports of a file in source order, in every language's own spelling. */
export function importFacts(tree: SyntaxTree): ImportFacts[] {
  const found: ImportFacts[] = [];
  for (const node of mayImport(tree)) {
    for (const one of importsAt(tree, node)) found.push({ ...one, line: tree.startLine(node) });
  }
  return found;
}

function importsAt(tree: SyntaxTree, node: number): Found[] {
  if (tree.isLeaf(node)) return [];
  const kind = tree.kind(node);
  const { language } = tree.table;
  if (kind === 'import' && isForTypes(tree, node)) return [];
  if (kind === 'import') {
    const text = tree.excerpt(node, 4_000);
    const aliases = aliasesIn(text);
    return readers[language](text).map((found) => ({ ...found, ...aliases }));
  }
  if (kind === 'call') return calledImport(tree, node, language);
  const type = tree.type(node);
  if (type === 'export_statement' && tree.field(node, 'source') >= 0)
    return script(tree.excerpt(node, 4_000));
  if (type === 'mod_item' && tree.field(node, 'body') < 0) {
    return [one(lastWord(tree.text(node)), [lastWord(tree.text(node))], true)];
  }
  return [];
}

/** `import { parse as read }`, `from models import Job as DomainJob`, `using Row = Shop.Data.Row;` */
function aliasesIn(text: string): Pick<Found, 'aliases'> {
  const renamed = /\sas\s/.test(text) ? text.matchAll(/([\w$]+)\s+as\s+([\w$]+)/g) : [];
  const words = [...renamed].map(([, source = '', alias = '']) => [alias, source]);
  const equal = /^(?:global\s+)?using\s+(\w+)\s*=\s*[\w.]*?(\w+)\s*;?$/.exec(text.trim());
  const all = equal === null ? words : [[equal[1] ?? '', equal[2] ?? '']];
  const told = all.filter(([alias, source]) => alias !== source && source !== 'default');
  return told.length === 0 ? {} : { aliases: Object.fromEntries(told) as Record<string, string> };
}

/** Under `if TYPE_CHECKING:` or as `import type`: gone when the program runs. */
function isForTypes(tree: SyntaxTree, node: number): boolean {
  const { language } = tree.table;
  if (language === 'php') return isNameOnly(tree, node);
  if (language !== 'python') {
    if (!tree.table.closuresAreUnits) return false;
    const text = tree.excerpt(node, 2_000);
    return /^import\s+type\s+[\w{*]/.test(text) || namesTypesOnly(text);
  }
  const check = tree.above(node, 'if', 'function');
  if (check < 0 || tree.kind(check) !== 'if') return false;
  const condition = tree.field(check, 'condition');
  return condition >= 0 && /^(\w+\.)?TYPE_CHECKING$/.test(tree.excerpt(condition, 60));
}

/** `Order::class` of PHP is a text, and loads no class. */
function isNameOnly(tree: SyntaxTree, node: number): boolean {
  const name = /(\w+)\s*;?\s*$/.exec(tree.excerpt(node, 400))?.[1];
  if (name === undefined) return false;
  const uses = tree.source.slice(tree.stop[node]).split(name).slice(1);
  const isPart = (after: string): boolean => /^\w/.test(after);
  return uses.length > 0 && uses.every((after) => isPart(after) || after.startsWith('::class'));
}

function one(module: string, names: string[], relative: boolean): Found {
  return { module, names, relative };
}

function lastWord(text: string): string {
  return /(\w+)\W*$/.exec(text)?.[1] ?? '';
}

/** `a, b as c` to `c`'s source names: what is imported, not what it is called here. */
function nameList(text: string): string[] {
  return text
    .split(',')
    .map(
      (name) =>
        name
          .replace(/#.*|\/\/.*/g, '')
          .trim()
          .replace(/^type\s+/, '')
          .split(/\s+as\s+/)[0] ?? '',
    )
    .filter((name) => name !== '' && name !== '*');
}

/** `require 'x'` of Ruby, `require('x')` and `import('x')` of JavaScript. */
function calledImport(tree: SyntaxTree, node: number, language: FullLanguage): Found[] {
  const { name, qualifier, arguments: count } = callAt(tree, node);
  if (qualifier !== null || count !== 1 || !/^(require|require_relative|import|load)$/.test(name))
    return [];
  const argument = argumentNodes(tree, node)[0] ?? -1;
  if (argument < 0 || tree.kind(argument) !== 'string') return [];
  const module = tree.text(argument).slice(1, -1);
  if (language === 'ruby')
    return [one(module, [], name === 'require_relative' || module.startsWith('.'))];
  return language === 'php' || language === 'python'
    ? []
    : [calledModule(module, boundTo(tree, node))];
}

function calledModule(module: string, names: string[]): Found {
  return { ...one(module, names, isPath(module)), whole: names[0] ?? '' };
}

/** `const read = require('./read')` */
function boundTo(tree: SyntaxTree, node: number): string[] {
  const name = tree.field(tree.parentOf(node), 'name');
  return name >= 0 && tree.kind(name) === 'identifier' ? [tree.text(name)] : [];
}

function isPath(module: string): boolean {
  return /^(\.|\/|#|@\/|~\/)/.test(module);
}

function python(text: string): Found[] {
  const from = /^from\s+([.\w]+)\s+import\s+\(?([\s\S]*?)\)?$/.exec(text);
  if (from !== null)
    return [one(from[1] ?? '', nameList(from[2] ?? ''), (from[1] ?? '').startsWith('.'))];
  return nameList(text.replace(/^import\s+/, '')).map((module) => one(module, [], false));
}

function script(text: string): Found[] {
  const module = /(?:from\s*|^import\s*)['"]([^'"]+)['"]/.exec(text)?.[1];
  if (module === undefined) return [];
  const braces = /\{([\s\S]*?)\}/.exec(text)?.[1] ?? '';
  const first = /^import\s+(?:type\s+)?([\w$]+)\s*(?:,|from)/.exec(text)?.[1];
  const space = /\*\s+as\s+([\w$]+)/.exec(text)?.[1];
  const names = [first, space].filter((name) => name !== undefined);
  const found = one(module, [...names, ...nameList(braces)], isPath(module));
  return [first === undefined ? found : { ...found, whole: first }];
}

function java(text: string): Found[] {
  const [, module = '', star] =
    /^import\s+(?:static\s+)?([\w.]+?)(\.\*)?\s*;?$/.exec(text.trim()) ?? [];
  return [one(module, star === undefined ? [lastWord(module)] : [], false)];
}

function go(text: string): Found[] {
  const module = /["`]([^"`]+)["`]/.exec(text)?.[1] ?? '';
  return [one(module, [/^\s*(\w+)\s/.exec(text)?.[1] ?? lastWord(module)], module.startsWith('.'))];
}

function rust(text: string): Found[] {
  const path = text.replace(/^(pub(\([^)]*\))?\s+)?use\s+/, '').replace(/;\s*$/, '');
  const list = /^(.*?)::\{([\s\S]*)\}$/.exec(path);
  const whole = path.split(/\s+as\s+/)[0] ?? '';
  const module = list?.[1] ?? whole.replace(/::\*$/, '');
  const names =
    list === null
      ? whole.endsWith('*')
        ? []
        : [lastWord(module)]
      : nameList((list[2] ?? '').replace(/[{}]/g, ','));
  return [one(module, names, /^(crate|self|super)\b/.test(module))];
}

function csharp(text: string): Found[] {
  const module = /([\w.]+)\s*;?\s*$/.exec(text.replace(/<.*>/, ''))?.[1] ?? '';
  return [one(module, [], false)];
}

function cpp(text: string): Found[] {
  const quoted = /["<]([^">]+)[">]/.exec(text);
  return [one(quoted?.[1] ?? '', [], quoted?.[0].startsWith('"') ?? false)];
}

function php(text: string): Found[] {
  if (/^(require|include)/.test(text)) {
    return [one(/['"]([^'"]+)['"]/.exec(text)?.[1] ?? text.slice(0, 80), [], true)];
  }
  const path = text.replace(/^use\s+(function\s+|const\s+)?/, '').replace(/;\s*$/, '');
  const list = /^(.*?)\\\{([\s\S]*)\}$/.exec(path);
  if (list !== null) return [one(list[1] ?? '', nameList(list[2] ?? ''), false)];
  return nameList(path).map((module) => one(module, [lastWord(module)], false));
}

const readers: Record<FullLanguage, (text: string) => Found[]> = {
  python,
  typescript: script,
  tsx: script,
  javascript: script,
  java,
  go,
  rust,
  csharp,
  cpp,
  php,
  ruby: () => [],
};

/** `import { type A, type B } from …`. */
function namesTypesOnly(text: string): boolean {
  const names = /^import\s*\{([^}]*)\}/.exec(text)?.[1]?.split(',') ?? [];
  const told = names.filter((name) => name.trim() !== '');
  return told.length > 0 && told.every((name) => /^\s*type\s/.test(name));
}
