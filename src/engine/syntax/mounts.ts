import type { MountFacts } from '../route-facts.ts';
import { argumentNodes, callAt } from './calls.ts';
import { nodesOf } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** Of a file, and characters of an argument that are read. */
const limits = { mounts: 200, text: 200 };

const callsOf = nodesOf('call');
const mounting =
  /^(include_router|register_blueprint|use|mount|Mount|route|register|path|re_path)$/;

/**
 * Where a file puts the routes of other files: `include_router(users.router, prefix="/users")`,
 * `app.use('/orders', orders)`, `path("orders/", include("orders.urls"))`. Its own prefix is given without a name.
 */
export function mountsOf(tree: SyntaxTree): MountFacts[] {
  const found: MountFacts[] = [];
  for (const node of callsOf(tree)) {
    if (found.length >= limits.mounts) break;
    const { name } = callAt(tree, node);
    const mount = mounting.test(name) ? mountAt(tree, node) : ownPrefix(tree, node, name);
    if (mount !== null) found.push(mount);
  }
  return found;
}

function mountAt(tree: SyntaxTree, node: number): MountFacts | null {
  const texts = argumentNodes(tree, node).map((one) => tree.excerpt(one, limits.text));
  const prefix = texts.map((text) => /^\w*prefix\s*=\s*f?["']([^"'\n]*)["']$/.exec(text)?.[1]);
  const path = prefix.find((one) => one !== undefined) ?? quotedPath(texts[0] ?? '');
  const target = texts
    .slice(path === quotedPath(texts[0] ?? '') ? 1 : 0)
    .map(targetIn)
    .findLast((one) => one !== undefined);
  return path === undefined || target === undefined ? null : { path, of: target };
}

/** `'/orders'`, `"orders/"` of Django */
function quotedPath(text: string): string | undefined {
  return /^[rf]?["'`]\^?([^"'`\n]*?)\$?["'`]$/.exec(text)?.[1];
}

/** `orders`, `users.router`, `require('./orders')`, `include("orders.urls")` */
function targetIn(text: string): string | undefined {
  return (
    /^(?:require|include)\(\s*["']([^"'\n]+)["']/.exec(text)?.[1] ??
    /^([A-Za-z_]\w*)(?:\.(?:router|routes\(\)|blueprint|bp|default))?$/.exec(text)?.[1]
  );
}

/** `APIRouter(prefix="/users")`, `Blueprint("users", __name__, url_prefix="/users")` */
function ownPrefix(tree: SyntaxTree, node: number, name: string): MountFacts | null {
  if (name !== 'APIRouter' && name !== 'Blueprint') return null;
  const path = /\b(?:url_)?prefix\s*=\s*["']([^"'\n]+)["']/.exec(
    tree.excerpt(node, 2 * limits.text),
  )?.[1];
  return path === undefined ? null : { path, of: null };
}
