import type { RouteFacts } from '../route-facts.ts';
import { argumentNodes, callAt } from './calls.ts';
import type { SyntaxTree } from './syntax-tree.ts';

/** What a set of views of the REST framework answers: verb, the end of its path and of its name, and who may do it. */
const actions: readonly [verb: string, end: string, name: string, handlers: readonly string[]][] = [
  ['get', '', 'list', ['list']],
  ['post', '', 'list', ['create', 'perform_create']],
  ['get', '/*', 'detail', ['retrieve']],
  ['put', '/*', 'detail', ['update', 'perform_update']],
  ['patch', '/*', 'detail', ['partial_update', 'update', 'perform_update']],
  ['delete', '/*', 'detail', ['destroy', 'perform_destroy']],
];

/** Called whatever is asked of a set of views, or of one that is a class. */
const always = [
  'get_queryset',
  'get_object',
  'get_permissions',
  'get_serializer_class',
  'dispatch',
];

/** Paths that a file of Django, Flask or Falcon gives to classes of views, with the names by which they are looked up. */
export function djangoRoutes(tree: SyntaxTree, calls: Iterable<number>): RouteFacts[] {
  if (tree.table.language !== 'python' || !giving.test(tree.source)) return [];
  return [...calls].flatMap((node) =>
    /^add_(resource|route)$/.test(callAt(tree, node).name)
      ? ofResource(tree, node)
      : ofPath(tree, node),
  );
}

function ofPath(tree: SyntaxTree, node: number): RouteFacts[] {
  const { name } = callAt(tree, node);
  const [first = -1, second = -1] = argumentNodes(tree, node);
  const path = /^r?["']([^"'\n]*)["']$/.exec(tree.excerpt(first, 200))?.[1];
  if (path === undefined || second < 0) return [];
  const view = /^(?:\w+\.)*([A-Z]\w*)/.exec(tree.excerpt(second, 100))?.[1];
  if (view === undefined) return [];
  const text = tree.excerpt(node, 300);
  if (name === 'register') return ofSet(path, view, named(text, 'basename'));
  const isView = /\.as_view\(/.test(tree.excerpt(second, 200));
  return isView && /^(re_)?path$|^url$/.test(name) ? ofView(path, view, named(text, 'name')) : [];
}

const giving = /\bas_view\(|\.register\(|\badd_resource\(|\badd_route\(/;

/** `api.add_resource(views.Orders, "/orders", "/orders/<id>")`, `app.add_route("/orders", Orders())`. */
function ofResource(tree: SyntaxTree, node: number): RouteFacts[] {
  const texts = argumentNodes(tree, node).map((argument) => tree.excerpt(argument, 200));
  const view = texts.flatMap((text) => /^(?:\w+\.)*([A-Z]\w*)(?:\(.*)?$/s.exec(text)?.[1] ?? []);
  const paths = texts.flatMap((text) => /^r?["'](\/[^"'\n]*)["']$/.exec(text)?.[1] ?? []);
  const [owner] = view;
  return owner === undefined ? [] : paths.flatMap((path) => onEach(path, owner));
}

/** Falcon calls them `on_get`. */
function onEach(path: string, owner: string): RouteFacts[] {
  return ['get', 'post', 'put', 'patch', 'delete'].flatMap((verb) =>
    [verb, `on_${verb}`].map((handler): RouteFacts => ({ path, handler, verb, owner })),
  );
}

function named(text: string, option: string): string | undefined {
  const options = text.matchAll(/\b(\w+)\s*=\s*["']([\w:-]+)["']/g);
  return [...options].find(([, name]) => name === option)?.[2];
}

function ofSet(path: string, owner: string, basename: string | undefined): RouteFacts[] {
  return actions.flatMap(([verb, end, kind, handlers]) =>
    [...handlers, ...always].map((handler): RouteFacts => ({
      path: `/${path}${end}`,
      handler,
      verb,
      owner,
      ...(basename === undefined ? {} : { name: `${basename}-${kind}` }),
    })),
  );
}

function ofView(path: string, owner: string, name: string | undefined): RouteFacts[] {
  return ['get', 'post', 'put', 'patch', 'delete'].flatMap((verb) =>
    [verb, ...always, ...(verb === 'post' ? ['create', 'perform_create', 'form_valid'] : [])].map(
      (handler): RouteFacts => ({
        path: `/${path}`,
        handler,
        verb,
        owner,
        ...(name === undefined ? {} : { name }),
      }),
    ),
  );
}
