import type { Kind } from './languages/language-table.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { handsBackFunction } from './units.ts';
import { wordOf } from './word-of.ts';

const declaring = new Set<string>(['name', 'pattern', 'declarator', 'key', 'alias']);

type Role = 'use' | 'own' | 'none';

/** `use`: names something; `own`: binds a name here; `none`: is the name of a declaration. */
export function roleOf(tree: SyntaxTree, node: number): Role {
  const parent = tree.parentOf(node);
  if (parent < 0) return 'use';
  const field = tree.fieldName(node) ?? '';
  const kind = tree.kind(parent);
  if (kind === 'member') return 'use';
  const type = tree.type(parent);
  const named = namedAs(tree, node, parent);
  if (named !== null) return named;
  const declared = declaredRole(field, kind, type);
  if (declared !== null) return namesFunction(tree, parent) ? functionRole(type) : declared;
  return kind === 'parameters' || isTarget(tree, parent, field) ? 'own' : 'use';
}

function namedAs(tree: SyntaxTree, node: number, parent: number): Role | null {
  const type = tree.type(parent);
  if (type === 'scoped_identifier') return 'use';
  if (type === 'qualified_identifier') return isDeclarator(tree, parent) ? 'none' : 'use';
  return isMarkup(tree, node, type) ? 'none' : null;
}

/** `<main title="…">` of JSX is an element of the page with an attribute; `<Main />` is a component. */
function isMarkup(tree: SyntaxTree, node: number, type: string): boolean {
  if (!type.startsWith('jsx_')) return false;
  return (
    type === 'jsx_attribute' || (type.endsWith('element') && /^[a-z]/.test(tree.excerpt(node, 1)))
  );
}

/** What a name is under a declaration; null where the node only happens to call a part of it a name. */
function declaredRole(field: string, kind: Kind | undefined, type: string): Role | null {
  if (!declaring.has(field)) return type === 'export_statement' ? 'none' : null;
  if (kind === 'declarator' || type.endsWith('parameter')) return 'own';
  return (kind !== undefined && declarations.has(kind)) || namesOnly.test(type) ? 'none' : null;
}

/** `const next = () => …` declares a function of that name, `{ get: () => … }` hands one over. */
function functionRole(type: string): Role {
  return type === 'pair' ? 'use' : 'none';
}

function namesFunction(tree: SyntaxTree, declaration: number): boolean {
  if (tree.kind(declaration) === 'function') return false;
  const value = tree.field(declaration, 'value');
  const kind = value < 0 ? undefined : tree.kind(value);
  return kind === 'closure' || kind === 'function' || handsBackClosure(tree, value);
}

/** `const pay = useCallback(() => …, [])` declares a function as well. */
function handsBackClosure(tree: SyntaxTree, value: number): boolean {
  if (value < 0 || !handsBackFunction(tree, value)) return false;
  const first = tree.namedChildren(tree.field(value, 'arguments'))[0] ?? -1;
  return /^(closure|function)$/.test(tree.kind(first) ?? '');
}

const declarations = new Set<Kind>(['function', 'class', 'closure', 'field']);
const namesOnly =
  /declarator$|^(pair|method_signature|function_signature|abstract_method_signature|property_signature|enum_assignment|keyword_argument|named_argument|labeled_statement|method_elem|method_spec)$/;

/** Assigned to, or the one parameter of a closure without brackets around it. */
function isTarget(tree: SyntaxTree, parent: number, field: string): boolean {
  if (field === 'parameter') return true;
  if (tree.kind(parent) === 'assignment' && field === 'left') return true;
  return tree.type(parent) === 'expression_list' && tree.fieldName(parent) === 'left';
}

function isDeclarator(tree: SyntaxTree, node: number): boolean {
  const parent = tree.parentOf(node);
  if (parent < 0 || tree.fieldName(node) !== 'declarator') return false;
  return tree.type(parent).endsWith('declarator');
}

/** Without the signs in front of it. */
export function bare(tree: SyntaxTree, node: number): string {
  const text = wordOf(tree, node);
  return signs.has(text.charAt(0)) ? text.replace(/^[@$#:]+/, '') : text;
}

const signs = new Set('@$#:');
