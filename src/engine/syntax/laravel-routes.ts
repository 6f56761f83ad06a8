import type { RouteFacts } from '../route-facts.ts';
import { argumentNodes, callAt } from './calls.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** What a resource of Laravel answers, by the method of its controller. */
const actions: readonly [handler: string, verb: string, end: string, isForm: boolean][] = [
  ['index', 'get', '', false],
  ['store', 'post', '', false],
  ['create', 'get', '/create', true],
  ['show', 'get', '/*', false],
  ['edit', 'get', '/*/edit', true],
  ['update', 'put', '/*', false],
  ['update', 'patch', '/*', false],
  ['destroy', 'delete', '/*', false],
];

/** `OrderController::class`, `[OrderController::class, 'show']`, and `'OrderController@show'` of older versions. */
const byClass = /^\[?\s*\\?(?:\w+\\)*(\w+)::class(?:\s*,\s*['"](\w+)['"]\s*\])?$/;
const byText = /^['"](?:\w+\\+)*(\w+Controller)(?:@(\w+))?['"]$/;

function answererIn(text: string): { owner?: string | undefined; method?: string | undefined } {
  const [, owner, method] = byClass.exec(text) ?? byText.exec(text) ?? [];
  return { owner, method };
}

/** Paths that Laravel gives to controllers, with the names by which they are looked up. */
export function laravelRoutes(tree: SyntaxTree, calls: Iterable<number>): RouteFacts[] {
  if (tree.table.language !== 'php' || !/\bRoute::/.test(tree.source)) return [];
  return [...calls].flatMap((node) => {
    const { name: verb } = callAt(tree, node);
    const [first = -1, second = -1] = argumentNodes(tree, node);
    const path = /^['"]([^'"\n]*)['"]$/.exec(tree.excerpt(first, 200))?.[1];
    const { owner, method } = answererIn(tree.excerpt(second, 200));
    if (path === undefined || owner === undefined) return [];
    const name = nameOf(tree, node);
    if (/^(apiR|r)esource$/.test(verb)) return ofResource(path, owner, name, verb === 'resource');
    return /^(get|post|put|patch|delete)$/.test(verb)
      ? [{ path, handler: method ?? '__invoke', verb, owner, ...(name === null ? {} : { name }) }]
      : [];
  });
}

/** `Route::post(…)->middleware('auth')->name('login')` */
function nameOf(tree: SyntaxTree, node: number): string | null {
  const stop = tree.stop[node] ?? 0;
  const chain = /^(?:\s*->\w+\([^()]*\)){0,5}/.exec(tree.source.slice(stop, stop + 300))?.[0] ?? '';
  return /->names?\(\s*['"]([\w.-]+)['"]/.exec(chain)?.[1] ?? null;
}

function ofResource(
  path: string,
  owner: string,
  name: string | null,
  forms: boolean,
): RouteFacts[] {
  // `orders.items` are the items of an order.
  const whole = path.replaceAll('.', '/*/');
  return actions
    .filter(([, , , isForm]) => !isForm || forms)
    .map(([handler, verb, end]) => ({
      path: `${whole}${end}`,
      handler,
      verb,
      owner,
      name: `${name ?? path.replaceAll('/', '.')}.${handler}`,
    }));
}
