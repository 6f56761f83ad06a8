import type { RouteFacts } from '../route-facts.ts';
import { argumentNodes, callAt } from './calls.ts';
import type { SyntaxTree } from './syntax-tree.ts';

type Answer = [action: string, verb: string, path: string];

/** What `resources` and `resource` of Rails give, by action. */
const answers: Readonly<Record<'resources' | 'resource', readonly Answer[]>> = {
  resources: [
    ['index', 'get', ''],
    ['create', 'post', ''],
    ['new', 'get', '/new'],
    ['show', 'get', '/*'],
    ['edit', 'get', '/*/edit'],
    ['update', 'patch', '/*'],
    ['update', 'put', '/*'],
    ['destroy', 'delete', '/*'],
  ],
  resource: [
    ['show', 'get', ''],
    ['create', 'post', ''],
    ['new', 'get', '/new'],
    ['edit', 'get', '/edit'],
    ['update', 'patch', ''],
    ['update', 'put', ''],
    ['destroy', 'delete', ''],
  ],
};

/** Where a route stands: the path of what is around it, and the resource that it is of. */
interface Around {
  path: string;
  controller: string | null;
}

/** Paths that a file of routes of Rails gives to the actions of controllers. */
export function railsRoutes(tree: SyntaxTree, calls: Iterable<number>): RouteFacts[] {
  if (tree.table.language !== 'ruby' || !/\.routes\.draw\b/.test(tree.source)) return [];
  return [...calls].flatMap((node) => {
    const { name, qualifier } = callAt(tree, node);
    if (qualifier !== null) return [];
    if (name === 'resources' || name === 'resource') return resourceAt(tree, node, name);
    return /^(get|post|put|patch|delete)$/.test(name) ? routeAt(tree, node, name) : [];
  });
}

function resourceAt(tree: SyntaxTree, node: number, kind: 'resources' | 'resource'): RouteFacts[] {
  const { path } = aroundOf(tree, node);
  const only = listOf(tree, node, 'only');
  const except = listOf(tree, node, 'except');
  return namesAt(tree, node).flatMap((name) =>
    answers[kind]
      .filter(([action]) => only?.includes(action) ?? !(except?.includes(action) ?? false))
      .map(([handler, verb, end]) => ({
        path: `${path}/${name}${end}`,
        handler,
        verb,
        owner: controllerOf(optionOf(tree, node, 'controller') ?? plural(name)),
      })),
  );
}

/** `get 'search'`, `delete ':id', to: 'carts#remove'`, `post '/login' => 'sessions#create'` */
function routeAt(tree: SyntaxTree, node: number, verb: string): RouteFacts[] {
  const text = tree.excerpt(node, 300);
  const [, path = ''] = /^\w+[\s(]+[:'"]([^'"\s,]*)/.exec(text) ?? [];
  const around = aroundOf(tree, node);
  const [controller, handler] = answering(text, path, around.controller);
  if (!/^\w+$/.test(handler) || controller === '') return [];
  const whole = `${around.path}/${path.replace(/^\//, '')}`;
  return [{ path: whole, handler, verb, owner: controllerOf(controller) }];
}

/** Controller and action of a route: as it says, or by its path and what is around it. */
function answering(
  text: string,
  path: string,
  around: string | null,
): [controller: string, action: string] {
  const told = /(?:\bto:|=>)\s*['"]([\w/]+)#(\w+)['"]/.exec(text);
  if (told) return [told[1] ?? '', told[2] ?? ''];
  const [last = '', before = ''] = path.split('/').toReversed();
  return [around ?? before, /\b(?:to|action):\s*:(\w+)/.exec(text)?.[1] ?? last];
}

/** The blocks around a route, from the inside out. */
function aroundOf(tree: SyntaxTree, node: number): Around {
  const around: Around = { path: '', controller: null };
  let isMember = true;
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    if (tree.kind(up) !== 'call') continue;
    const { name } = callAt(tree, up);
    const [of = ''] = namesAt(tree, up);
    around.path = `${partOf(name, of, isMember)}${around.path}`;
    around.controller ??= controllerAt(tree, up, name, of);
    isMember = name !== 'collection';
  }
  return around;
}

/** What a block around a route adds to its path. */
function partOf(name: string, of: string, isMember: boolean): string {
  if (name === 'resources') return `/${of}${isMember ? '/*' : ''}`;
  return /^(resource|namespace|scope)$/.test(name) ? `/${of.replace(/^\//, '')}` : '';
}

function controllerAt(tree: SyntaxTree, node: number, name: string, of: string): string | null {
  if (name === 'controller') return of;
  const isResource = name === 'resources' || name === 'resource';
  return isResource ? (optionOf(tree, node, 'controller') ?? plural(of)) : null;
}

/** `:orders, :items` of `resources :orders, :items, only: …` */
function namesAt(tree: SyntaxTree, node: number): string[] {
  return argumentNodes(tree, node)
    .filter((argument) => tree.kind(argument) === 'string')
    .map((argument) => tree.text(argument).replaceAll(/^[:'"]+|['"]$/g, ''));
}

function optionOf(tree: SyntaxTree, node: number, option: string): string | null {
  const text = tree.excerpt(node, 300).split(/\bdo\b|\{/, 1)[0] ?? '';
  const options = text.matchAll(/\b(\w+):\s*[:'"](\w+)/g);
  return [...options].find(([, name]) => name === option)?.[2] ?? null;
}

/** `only: %i[show create]`, `except: [:destroy]`, `only: :index` */
function listOf(tree: SyntaxTree, node: number, option: string): string[] | null {
  const text = tree.excerpt(node, 300).split(/\bdo\b/, 1)[0] ?? '';
  const options = text.matchAll(/\b(\w+):\s*(%i\W[^\]})]*|\[[^\]]*|:\w+)/g);
  const list = [...options].find(([, name]) => name === option)?.[2];
  return list?.replace('%i', '').match(/[a-z_]\w*/g) ?? null;
}

/** `CartItemsController` of `cart_items` and `api/cart_items` */
function controllerOf(name: string): string {
  const last = name.split('/').at(-1) ?? '';
  const words = last.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Controller`;
}

/** Of an English noun, as Rails makes it of most. */
export function plural(name: string): string {
  if (name.endsWith('s')) return name;
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`;
  return /(x|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}
