import { argumentNodes } from '../calls.ts';
import { nodesOf } from '../nodes-where.ts';
import { plural } from '../rails-routes.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

/** Paths kept of a test, and characters read of an argument. */
const limits = { paths: 20, text: 200 };

const callsOf = nodesOf('call');

/**
 * The paths of HTTP that a run of nodes hands to calls, put together from texts and from constants of the file:
 * `/orders/*` of `ORDERS + "/" + id` where `ORDERS` is `"/orders"`.
 */
export function pathsAsked(tree: SyntaxTree, from: number, to: number): string[] {
  const paths = new Set<string>();
  for (const node of callsOf(tree, from, to)) {
    if (paths.size >= limits.paths) break;
    for (const argument of argumentNodes(tree, node)) {
      const text = tree.excerpt(argument, limits.text);
      const path = pathOf(tree, text);
      if (path !== null) paths.add(path);
      if (tree.table.language === 'ruby') for (const one of pathsByHelper(text)) paths.add(one);
    }
  }
  return [...paths];
}

/** `products_url`, `product_path(product)`, `edit_api_product_url(id)` of Rails. */
function pathsByHelper(text: string): string[] {
  const [, action, name = '', given] =
    /^(?:(new|edit)_)?([a-z]\w*?)_(?:url|path)(\(.*\))?$/s.exec(text) ?? [];
  if (name === '') return [];
  const end = action === undefined ? '' : `/${action}`;
  const whole = given === undefined ? name : `${plural(name)}/*`;
  return [...new Set([whole, whole.replaceAll('_', '/')])].map((path) => `/${path}${end}`);
}

const constants = new WeakMap<SyntaxTree, ReadonlyMap<string, string>>();

/** Names that a file gives to a path or an address. */
function constantsOf(tree: SyntaxTree): ReadonlyMap<string, string> {
  const known = constants.get(tree);
  if (known !== undefined) return known;
  const found = new Map<string, string>();
  for (const [, name = '', path = ''] of tree.source.matchAll(givenPath)) found.set(name, path);
  if (tree.table.language === 'python')
    for (const [, name, helper, route = ''] of tree.source.matchAll(reversed))
      found.set(name ?? helper ?? '', `${routeNamed}${route} `);
  constants.set(tree, found);
  return found;
}

/** `const ORDERS = "/orders"`, `BASE: str = 'http://localhost'`, `base := "/v1"`. */
const givenPath =
  /\b([A-Za-z_]\w*)(?:\s*:\s*\w+)?\s*:?=\s*["'`]((?:https?:\/\/[^\s"'`/]+)?\/[^\s"'`]*|https?:\/\/[^\s"'`/]+)["'`]/g;

/** Stands before the name of a route of Django, where a path is asked for by that; a blank and the rest of the path follow. */
export const routeNamed = 'reverse:';

/** `ORDERS = reverse("order-list")`, `self.url = reverse("orders")`, `def detail_url(id): return reverse("order-detail", args=[id])`. */
const reversed =
  /^[ \t]*(?:(?:self\.|cls\.)?([A-Za-z_]\w*)\s*=\s*|def\s+([A-Za-z_]\w*)\([^()]*\)[^:\n]*:\s*(?:"""[^"]*"""\s*)?return\s+)(?:\w+\.)?reverse(?:_lazy)?\(\s*["']([\w:-]+)["']/gm;

/** A text in quotes, or a name with what it is called with. */
const parts =
  /["'`]((?:[^"'`\\\n]|\\.)*)["'`]|([A-Za-z_$][\w$]*(?:(?:\.|::|->|\?\.)[\w$]+)*)(\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\])?/g;

/** The path that an argument makes, with `*` for what is put in; null for what is none. */
function pathOf(tree: SyntaxTree, argument: string): string | null {
  const known = constantsOf(tree);
  // `sprintf(PATH, id)`, `String.format(PATH, id)`: the first argument has the places.
  const text = argument.replace(
    /^[$fFbr]?(?:sprintf|[\w.]+\.format|String\.format|fmt\.Sprintf)\(/,
    '',
  );
  const isFormat = text !== argument;
  const pieces: string[] = [];
  // `f"{PREFIX}/orders"` of Python, `$"{Prefix}/orders"` of C#
  for (const [, quoted, name] of text.replaceAll(/\b[fFrR](?=["'])/g, '').matchAll(parts)) {
    pieces.push(quoted ?? known.get(lastWord(name ?? '')) ?? '*');
    if (isFormat) break;
  }
  const path = pieces
    .join('')
    .replaceAll(/#\{[^{}]*\}/g, '*')
    .replaceAll(/\$?\{([\w.]+)\}/g, (_, inner: string) => known.get(lastWord(inner)) ?? '*')
    .replaceAll(/%[sdv]/g, '*')
    .replaceAll(/\*{2,}/g, '*');
  return /^(reverse:[\w:-]+ [^\s]*|(\*|https?:\/\/[^\s/]+)?\/[^\s]*)$/.test(path) ? path : null;
}

function lastWord(name: string): string {
  return name.slice(name.search(/[\w$]+$/));
}
