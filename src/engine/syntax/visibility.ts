import { previousSibling } from './headers.ts';
import type { LanguageTable } from './languages/language-table.ts';
import { nodesWhere } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** Siblings looked back on for `private:`; more would cost time on generated classes. */
const lookBack = 2_000;

const exportsOf = new WeakMap<SyntaxTree, Set<string> | null>();

/** Names that a JavaScript file exports apart from their declaration; null when it exports nothing. */
export function exportedNames(tree: SyntaxTree): Set<string> | null {
  let names = exportsOf.get(tree);
  if (names === undefined) exportsOf.set(tree, (names = readExports(tree)));
  return names;
}

const mayExport = nodesWhere(
  (kind, type) =>
    kind === 'assignment' || type === 'export_statement' || type === 'export_specifier',
);

function readExports(tree: SyntaxTree): Set<string> | null {
  const names = new Set<string>();
  let any = false;
  for (const node of mayExport(tree)) {
    const type = tree.type(node);
    if (type === 'export_statement') {
      any = true;
      const value = tree.field(node, 'value');
      if (value >= 0 && !isWritten(tree, value)) addNames(tree, node, names);
    }
    if (type === 'export_specifier') names.add(tree.text(node).split(/\s/)[0] ?? '');
    if (isExport(tree, node)) {
      any = true;
      addNames(tree, node, names);
    }
  }
  return any ? names : null;
}

/** `export default () => …` and `export default { … }` write it there; `export default Basket` names it. */
function isWritten(tree: SyntaxTree, value: number): boolean {
  return !/^(identifier|call|call_expression)$/.test(tree.type(value));
}

/** `module.exports = …`, `exports.name = …`. */
function isExport(tree: SyntaxTree, node: number): boolean {
  return tree.kind(node) === 'assignment' && /^(module\.)?exports\b/.test(tree.excerpt(node, 20));
}

/** What an export is made of: what is named in a body, a parameter or a text is not offered by it. */
function addNames(tree: SyntaxTree, node: number, names: Set<string>): void {
  const end = tree.endOf(node);
  for (let at = node + 1; at < end;) {
    if (tree.kind(at) === 'identifier') names.add(tree.text(at));
    at = isInside(tree, at) ? tree.endOf(at) : at + 1;
  }
}

function isInside(tree: SyntaxTree, node: number): boolean {
  const kind = tree.kind(node);
  if (kind === 'parameters' || kind === 'string' || tree.fieldName(node) === 'body') return true;
  // Read in its own turn.
  return isExport(tree, node);
}

/** Whether a declaration is part of what its file offers to others. */
export function isPublic(
  tree: SyntaxTree,
  node: number,
  declared: Declared,
  exported: Set<string> | null,
): boolean {
  return visibilities[tree.table.visibility](tree, node, declared, exported);
}

interface Declared {
  name: string;
  /** Source before the name. */
  header: string;
  owner: string | null;
}

type Test = (
  tree: SyntaxTree,
  node: number,
  declared: Declared,
  exported: Set<string> | null,
) => boolean;

const visibilities: Record<LanguageTable['visibility'], Test> = {
  underscore: (_tree, _node, { name }) => !name.startsWith('_') || /^__\w+__$/.test(name),
  upper: (_tree, _node, { name }) => /^\p{Lu}/u.test(name),
  pub: (tree, node, { header }) => /\bpub\b/.test(header) || isTraitMember(tree, node),
  'public-keyword': (tree, node, { header }) =>
    /\bpublic\b/.test(header) || isInterfaceMember(tree, node),
  'private-keyword': (tree, node, { header, owner }) => {
    if (/\b(private|protected)\b/.test(header)) return false;
    // A static function outside of a class is for its own file only.
    if (owner === null && tree.table.language === 'cpp' && /^\s*static\b/.test(header))
      return false;
    return isOpenSection(tree, node);
  },
  export: (_tree, _node, { name, header, owner }, exported) => {
    if (owner !== null) return !/^[#_]/.test(name) && !/\b(private|protected)\b/.test(header);
    return exported === null
      ? !name.startsWith('_')
      : /\bexport\b/.test(header) || exported.has(name);
  },
};

function isTraitMember(tree: SyntaxTree, node: number): boolean {
  const holder = tree.parentOf(tree.parentOf(node));
  if (holder < 0) return false;
  return (
    tree.type(holder) === 'trait_item' ||
    (tree.type(holder) === 'impl_item' && tree.field(holder, 'trait') >= 0)
  );
}

function isInterfaceMember(tree: SyntaxTree, node: number): boolean {
  const holder = tree.parentOf(tree.parentOf(node));
  return holder >= 0 && tree.type(holder) === 'interface_declaration';
}

/** C++ and Ruby open and close sections of a class: the last word before the member decides. */
function isOpenSection(tree: SyntaxTree, node: number): boolean {
  let at = previousSibling(tree, node);
  for (let steps = 0; at >= 0 && steps < lookBack; steps += 1) {
    const type = tree.type(at);
    if (type === 'access_specifier' || type === 'identifier') {
      const word = tree.excerpt(at, 10);
      if (/^(private|protected)$/.test(word)) return false;
      if (word === 'public') return true;
    }
    at = previousSibling(tree, at);
  }
  const holder = tree.parentOf(tree.parentOf(node));
  return holder < 0 || tree.type(holder) !== 'class_specifier';
}
