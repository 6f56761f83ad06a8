import type { FunctionFacts } from '../facts.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import type { Unit } from './units.ts';

const constructors = /^(__init__|__new__|constructor|initialize|__construct)$/;

export function kindOf(tree: SyntaxTree, unit: Unit, header: string): FunctionFacts['kind'] {
  if (unit.closure) return 'closure';
  if (unit.owner === null) return 'function';
  const type = tree.type(unit.node);
  if (constructors.test(unit.name) || type.includes('constructor')) return 'constructor';
  if (unit.name === unit.owner && tree.table.language === 'cpp') return 'constructor';
  if (
    type === 'accessor_declaration' ||
    type === 'property_declaration' ||
    /^\s*(public |private |protected |static )*(get|set)\s+[\w#]/.test(header)
  )
    return 'accessor';
  return /@(property|cached_property|\w+\.setter)\b/.test(header) ? 'accessor' : 'method';
}

export function isReturnTyped(tree: SyntaxTree, unit: Unit): boolean {
  const { language } = tree.table;
  if (language === 'java' || language === 'csharp' || language === 'cpp' || language === 'go')
    return !unit.closure;
  if (language === 'rust')
    return tree.kind(unit.node) === 'function' || tree.field(unit.node, 'return_type') >= 0;
  return tree.field(unit.node, 'return_type') >= 0;
}

/** `return { code(context) { … } }`. */
export function isInObject(tree: SyntaxTree, { node, around }: Unit): boolean {
  const parent = tree.parentOf(node);
  return around !== null && /^(object|pair)$/.test(tree.type(parent));
}
