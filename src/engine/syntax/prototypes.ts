import type { PrototypeFacts } from '../facts.ts';
import { docIndex } from './doc-index.ts';
import type { Comment } from './comments.ts';
import { nodesWhere } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { prototypeName } from './tree-questions.ts';
import { className } from './units.ts';

/** Of a file. */
const most = 1_000;

const declarationsOf = nodesWhere(
  (_kind, type, { language }) =>
    (language === 'cpp' && (type === 'declaration' || type === 'field_declaration')) ||
    type === 'function_signature',
);

/** Functions that a header of C or C++ or a `.d.ts` promises, with what it says of them. */
export function prototypesOf(tree: SyntaxTree, comments: Comment[]): PrototypeFacts[] {
  if (tree.table.language !== 'cpp' && !tree.table.closuresAreUnits) return [];
  const docs = docIndex(tree, comments);
  const found: PrototypeFacts[] = [];
  for (const node of declarationsOf(tree)) {
    if (found.length >= most) break;
    const doc = docs.of(node);
    const name = doc === null ? null : nameOf(tree, node);
    if (doc !== null && name !== null) found.push({ name, owner: ownerOf(tree, node), doc });
  }
  return found;
}

function ownerOf(tree: SyntaxTree, node: number): string | null {
  const around = tree.above(node, 'class', 'function');
  return around >= 0 && tree.kind(around) === 'class' ? className(tree, around) : null;
}

function nameOf(tree: SyntaxTree, node: number): string | null {
  if (tree.table.language === 'cpp') return prototypeName(tree, node);
  const name = tree.field(node, 'name');
  return name < 0 ? null : tree.text(name);
}
