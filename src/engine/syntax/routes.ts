import type { RouteFacts } from '../route-facts.ts';
import { argumentNodes, callAt } from './calls.ts';
import { headerText } from './headers.ts';
import { nodesOf } from './nodes-where.ts';
import { djangoRoutes } from './django-routes.ts';
import { laravelRoutes } from './laravel-routes.ts';
import { railsRoutes } from './rails-routes.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { className, type Unit, type Units } from './units.ts';

/** Of a file. */
const most = 500;

/** Flask, FastAPI, Nest, Spring, ASP.NET, Symfony. */
const decorated =
  /(?:@[\w.]*|[[,]\s*|#\[\s*[\w\\]*)\b(?:route|get|post|put|patch|delete|head|options|api_route|http(?:get|post|put|patch|delete)|(?:request|get|post|put|patch|delete)mapping)\s*\(\s*(?:(?:value|path|rule)\s*=\s*)?\{?\s*["'`]([^"'`\n]*)["'`]/gi;

/** `@Post()` of Nest, `@PostMapping` of Spring, `[HttpPost]` of ASP.NET: answers the path of its class. */
const bare =
  /@(?:Get|Post|Put|Patch|Delete)\(\s*\)|@(?:Get|Post|Put|Patch|Delete)Mapping\b(?!\s*\(\s*[^)\s])|\[Http(?:Get|Post|Put|Patch|Delete)\s*[\],]/g;

/** A command of click or typer, by its own name or that of its function. */
const commanding = /@[\w.]+\.command\((?:\s*(?:name\s*=\s*)?["']([^"'\n]+)["'])?/g;

/** Express, Koa, Fastify, Go, Django, Laravel. */
const registering =
  /^(get|post|put|patch|delete|del|all|options|head|GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Patch|Delete|Handle|HandleFunc|path|re_path|route|add_url_rule|add_api_route)$/;

const callsOf = nodesOf('call');

/** Paths of HTTP that a file gives to functions of a name: by a decorator, an annotation or a call. */
export function routesOf(tree: SyntaxTree, units: Units): RouteFacts[] {
  const routes: RouteFacts[] = [];
  for (const unit of units.list) {
    if (routes.length >= most) break;
    if (!unit.closure) routes.push(...declaredAt(tree, unit));
  }
  for (const node of callsOf(tree)) {
    if (routes.length >= most) break;
    const found = registering.test(callAt(tree, node).name) ? registered(tree, node) : null;
    if (found !== null) routes.push(found);
  }
  return [
    ...routes,
    ...railsRoutes(tree, callsOf(tree)),
    ...djangoRoutes(tree, callsOf(tree)),
    ...laravelRoutes(tree, callsOf(tree)),
  ].slice(0, most);
}

/** What stands at a function itself: the route that it is written in, decorators, annotations. */
function declaredAt(tree: SyntaxTree, { node, name, owner, route }: Unit): RouteFacts[] {
  const header = headerText(tree, node);
  return [
    ...(route ? [{ path: name, handler: name, owner, ...verbIn(name) }] : []),
    ...[...header.matchAll(decorated)].map(([text, path = '']): RouteFacts => ({
      path,
      handler: name,
      owner,
      ...verbIn(text),
    })),
    ...[...header.matchAll(bare)].map(([text]): RouteFacts => ({
      path: prefixOf(tree, node),
      handler: name,
      owner,
      ...verbIn(text),
    })),
    ...[...header.matchAll(commanding)].map(
      ([, command = name.replaceAll('_', '-')]): RouteFacts => ({
        path: command,
        handler: name,
        owner,
        command: true,
      }),
    ),
  ];
}

function registered(tree: SyntaxTree, node: number): RouteFacts | null {
  const [first = -1, ...more] = argumentNodes(tree, node);
  // What Laravel names the class of is told with it.
  const isTold = tree.table.language === 'php' && more.some((one) => isClass(tree, one));
  if (tree.kind(first) !== 'string' || isTold) return null;
  const path = tree.excerpt(first, 200).replaceAll(/^[^"'`]*["'`]|["'`]$/g, '');
  // What checks first stands before it; options of Django stand behind it.
  const names = more.flatMap((argument) => handlerIn(tree.excerpt(argument, 100)) ?? []);
  const wrapped = more.flatMap((argument) =>
    [...tree.excerpt(argument, 300).matchAll(byMethod)].map(([, name = '']) => name),
  );
  const handler = names.at(-1) ?? wrapped[0];
  const verb = wrapped.length > 0 ? {} : verbIn(`${callAt(tree, node).name} ${path}`);
  return handler === undefined ? null : { path, handler, ...verb };
}

function isClass(tree: SyntaxTree, argument: number): boolean {
  return tree.excerpt(argument, 200).includes('::class');
}

function verbIn(text: string): Pick<RouteFacts, 'verb'> {
  const verb = /(?:^|[@[.(\s]|Http|Map)(get|post|put|patch|delete)(?=\b|Mapping)/i.exec(text)?.[1];
  return verb === undefined ? {} : { verb: verb.toLowerCase() };
}

/** The path of a controller, which a method without one of its own answers. */
function prefixOf(tree: SyntaxTree, node: number): string {
  const around = tree.above(node, 'class');
  const header = around < 0 ? '' : headerText(tree, around);
  const path =
    /(?:@Controller|@RequestMapping|\[Route|@Path)\(\s*(?:(?:value|path)\s*=\s*)?["'`]([^"'`\n]*)["'`]/.exec(
      header,
    )?.[1] ?? '';
  const name = around < 0 ? '' : className(tree, around).replace(/Controller$/, '');
  return path.replace('[controller]', name.toLowerCase());
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
