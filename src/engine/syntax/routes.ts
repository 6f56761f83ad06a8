import type { RouteFacts } from '../facts.ts';
import { argumentNodes, callAt } from './calls.ts';
import { headerText } from './headers.ts';
import { nodesOf } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import type { Units } from './units.ts';

/** Of a file. */
const most = 500;

/** Flask, FastAPI, Nest, Spring, ASP.NET, Symfony. */
const decorated =
  /(?:@[\w.]*|[[,]\s*|#\[\s*[\w\\]*)\b(?:route|get|post|put|patch|delete|head|options|api_route|http(?:get|post|put|patch|delete)|(?:request|get|post|put|patch|delete)mapping)\s*\(\s*(?:(?:value|path|rule)\s*=\s*)?\{?\s*["'`]([^"'`\n]*)["'`]/gi;

/** Express, Koa, Fastify, Go, Django, Laravel. */
const registering =
  /^(get|post|put|patch|delete|del|all|options|head|GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Patch|Delete|Handle|HandleFunc|path|re_path|route|add_url_rule|add_api_route)$/;

const callsOf = nodesOf('call');

/** Paths of HTTP that a file gives to functions of a name: by a decorator, an annotation or a call. */
export function routesOf(tree: SyntaxTree, units: Units): RouteFacts[] {
  const routes: RouteFacts[] = [];
  for (const { node, name, closure, route } of units.list) {
    if (closure || routes.length >= most) continue;
    if (route) routes.push({ path: name, handler: name });
    for (const [, path = ''] of headerText(tree, node).matchAll(decorated))
      routes.push({ path, handler: name });
  }
  for (const node of callsOf(tree)) {
    if (routes.length >= most) break;
    const found = registering.test(callAt(tree, node).name) ? registered(tree, node) : null;
    if (found !== null) routes.push(found);
  }
  return routes;
}

function registered(tree: SyntaxTree, node: number): RouteFacts | null {
  const [first = -1, ...more] = argumentNodes(tree, node);
  if (tree.kind(first) !== 'string') return null;
  const path = tree.excerpt(first, 200).replaceAll(/^[^"'`]*["'`]|["'`]$/g, '');
  // What checks first stands before it; options of Django stand behind it.
  const names = more.flatMap((argument) => handlerIn(tree.excerpt(argument, 100)) ?? []);
  const wrapped = more.flatMap((argument) =>
    [...tree.excerpt(argument, 300).matchAll(byMethod)].map(([, name = '']) => name),
  );
  const handler = names.at(-1) ?? wrapped[0];
  return handler === undefined ? null : { path, handler };
}

/** `get(list).post(create)` of axum, `web::get().to(index)` of actix. */
const byMethod = /\b(?:get|post|put|patch|delete|any|to)\(\s*([a-z_]\w*)\s*\)/g;

/** `listItems`, `views.index`, `view_func=index`, `[Items::class, 'index']` */
function handlerIn(argument: string): string | undefined {
  const found =
    /^(?:view_func\s*=\s*)?(?:[\w$.]*[.:])?([A-Za-z_$][\w$]*)$|^\[[\w\\]+::class,\s*['"](\w+)['"]\]$/.exec(
      argument,
    );
  return found?.[1] ?? found?.[2];
}
