import { argumentNodes, callAt } from './calls.ts';
import type { SyntaxTree } from './syntax-tree.ts';

const verbs = /^(?:Map)?(get|post|put|patch|delete|del|options|head|any|all)(?:Async)?$/i;
/** What routes are registered with; Sinatra has none. */
const routers = /(?:app|router?s?|server|api|fastify|group|web)$/i;

/**
 * `GET /notes` for a function that is written where a path is given to it: `get "/notes" do … end`,
 * `app.MapGet("/notes", () => …)`. Null for any other.
 */
export function routeName(tree: SyntaxTree, node: number): string | null {
  const call = tree.above(node, 'call', 'function', 'closure', 'class');
  if (call < 0 || tree.kind(call) !== 'call') return null;
  const { name, qualifier } = callAt(tree, call);
  const verb = verbs.exec(name)?.[1];
  if (verb === undefined) return null;
  const isRouter = qualifier === null ? tree.table.language === 'ruby' : routers.test(qualifier);
  const path = isRouter ? pathOf(tree, argumentNodes(tree, call)[0] ?? -1) : null;
  return path === null ? null : `${verb.toUpperCase()} ${path}`;
}

function pathOf(tree: SyntaxTree, node: number): string | null {
  if (node < 0 || tree.kind(node) !== 'string') return null;
  return /^["'`](\/[^"'`\s]{0,80})["'`]$/.exec(tree.excerpt(node, 90))?.[1] ?? null;
}
