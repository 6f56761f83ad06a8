import type { FunctionFacts } from '../facts.ts';
import { oncePerType } from './once-per-type.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** One small statement without decisions. */
export function isTrivial(
  tree: SyntaxTree,
  body: number,
  { cyclomatic, statements }: Pick<FunctionFacts, 'cyclomatic' | 'statements'>,
): boolean {
  return cyclomatic === 1 && statements <= 1 && isSmall(tree, body);
}

/** Nodes of a body that one statement without decisions has at most: named ones, without those of mere brackets. */
const smallBody = 16;

const isBare = oncePerType((tree, node) => {
  const kind = tree.kind(node);
  return !tree.named(node) || kind === 'parameters' || kind === 'paren';
});

function isSmall(tree: SyntaxTree, body: number): boolean {
  const end = tree.endOf(body);
  let size = 0;
  for (let at = body; at < end && size <= smallBody;) {
    const isComment = tree.kind(at) === 'comment';
    size += isComment || isBare(tree, at) ? 0 : 1;
    at = isComment ? tree.endOf(at) : at + 1;
  }
  return size <= smallBody;
}

/** Characters of a body that are read. */
const bodyRead = 2_000;

/** `this.rows = rows`, `self._rows = []`, `@rows = rows`, `this->rows = 0`, and the call of the base. */
const keeps =
  /^(?:(?:this|self|\$this)(?:\.|->)_?\w+|@\w+|_\w+)\s*(?::\s*[\w[\], |.]+)?=\s*(?:[$@]?\w+|-?[\d.]+|\[\]|""|'')$|^super(?:\(\)|\(\)\.__init__\(\))?$|^parent::__construct\(\)$/;

/** Whether a body only keeps what a constructor is given or begins with: nothing in it could come out otherwise. */
export function onlyKeeps(tree: SyntaxTree, body: number): boolean {
  const text = tree.excerpt(body, bodyRead);
  if (text.length >= bodyRead) return false;
  const statements = text
    .replaceAll(/\/\/.*|#(?!\w*\s*=).*|\/\*[^]*?\*\//g, '')
    .replaceAll(/\{\s*\}/g, '[]')
    .split(/[;\n{}]/)
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== 'end');
  return statements.length > 0 && statements.every((one) => keeps.test(one));
}
