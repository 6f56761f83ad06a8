import type { FileFacts } from '../facts.ts';
import type { RouteFacts } from '../route-facts.ts';
import { addTo } from '../multimap.ts';
import { routeNamed } from '../syntax/patterns/paths-asked.ts';
import { withMountedRoutes } from './mounted-routes.ts';
import type { TestCaseFacts } from '../pattern-facts.ts';

/** Calls that ask a server for something. */
const asking =
  /^(get|post|put|patch|delete|del|head|options|request|fetch|perform|inject|exchange|send|handle|call|visit|goto|uri|(get|post|put|patch|delete)Json|(Get|Post|Put|Patch|Delete)\w*Async|SendAsync|NewRequest\w*|MockMvcRequestBuilders)$/i;

/** Segments of a path at the most, and of a prefix that may be written elsewhere. */
const limits = { segments: 12, prefix: 3 };

/**
 * The functions that answer what a test asks for over HTTP, by the paths that both write down: `client.get('/orders/1')`
 * and `@app.get("/orders/<id>")`. A prefix of the path may be written at the class or the router.
 */
export function handlersAsked(
  files: readonly FileFacts[],
): (test: Pick<TestCaseFacts, 'calls' | 'literals' | 'paths'>) => RouteFacts[] {
  const handlers = new Map<string, Set<RouteFacts>>();
  const named = new Map<string, Set<RouteFacts>>();
  const commands = new Map<string, Set<RouteFacts>>();
  for (const route of files.flatMap(({ routes = [] }) => routes)) {
    const key = route.command ? route.path : segmentsOf(route.path).join('/');
    const into = route.command ? commands : handlers;
    addTo(into, key, route);
    if (route.name !== undefined) addTo(named, route.name, route);
  }
  if (handlers.size + commands.size === 0) return () => [];
  return ({ calls, literals, paths: told = [] }) => {
    const texts = calls.some((name) => invoking.test(name)) ? literals.map(textOf) : [];
    const run = texts.flatMap((text) => [...(commands.get(text) ?? [])]);
    const isAsking = calls.some((name) => asking.test(name));
    const written = literals.flatMap((literal) => pathIn(literal) ?? []);
    const isReversed = (path: string): boolean => path.startsWith(routeNamed);
    const reversed = told.filter(isReversed).map(partsOfReversed);
    const longer = reversed.flatMap(({ name, rest }) =>
      rest === '' ? [] : [...(named.get(name) ?? [])].map(({ path }) => path + rest),
    );
    const paths = isAsking
      ? [...written, ...told.filter((path) => !isReversed(path)).map(withoutHost)]
      : [];
    const verbs = verbsIn([...calls, ...literals.map(textOf)]);
    // `reverse("orders:orders-list")`
    const whole = reversed.flatMap(({ name, rest }) => (rest === '' ? [name] : []));
    const byName = [...literals.map(textOf), ...whole].flatMap((text) =>
      namesIn(text).flatMap((name) => [...(named.get(name) ?? [])]),
    );
    const asked = [
      ...paths.flatMap((path) => [...(firstOf(path, handlers) ?? [])]),
      // Behind what is known to be the path of a route, nothing is missing in front.
      ...longer.flatMap((path) => [...(handlers.get(segmentsOf(path).join('/')) ?? [])]),
      ...byName,
    ].filter(({ verb }) => verb === undefined || verbs.size === 0 || verbs.has(verb));
    return [...new Set([...run, ...asked])];
  };
}

/** Whether any function answers a path, or an address with such a path, as a reader of the README would write it. */
export function pathsAnswered(
  files: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
): (path: string) => boolean {
  // What answers any path (`/:id`) would answer each address of another server.
  const isNamed = ({ path }: RouteFacts): boolean => segmentsOf(path).some((part) => part !== '*');
  let handlersOf: ReturnType<typeof handlersAsked> | undefined;
  return (path) => {
    handlersOf ??= handlersAsked(
      withMountedRoutes(files).map((file) => ({
        ...file,
        routes: [...(file.routes ?? []), ...routesWritten(file, linesOf)].filter(isNamed),
      })),
    );
    const whole = pathIn(`"${path}"`) ?? path;
    // A router under a path may answer what goes on from there.
    const shorter = [whole, whole.replace(/\/[^/]+\/?$/, '')];
    const asked = handlersOf;
    return shorter.some((one) => asked({ calls: ['request'], literals: [`"${one}"`] }).length > 0);
  };
}

/** Lines of a file that are looked at for paths. */
const linesRead = 5_000;

/** Paths that code writes down in some other way than a route: where it puts a router, what it hands to its own helper. */
function routesWritten(
  { path: file, role }: FileFacts,
  linesOf: (path: string) => readonly string[],
): RouteFacts[] {
  if (role !== 'source') return [];
  return linesOf(file)
    .slice(0, linesRead)
    .flatMap((line) =>
      line.length > 300
        ? []
        : [...line.matchAll(/["'`](?:[A-Z]+ )?(\/[a-zA-Z][\w/:{}<>*.-]*)["'`]/g)].map(
            ([, path = '']) => ({ path, handler: '' }),
          ),
    );
}

/** A name with what a group may put before it: `api.orders.index`, `orders:orders-list`. */
function namesIn(text: string): string[] {
  if (!/^[\w.:-]{1,100}$/.test(text)) return [];
  const parts = text.split(/[.:]/);
  return parts.slice(0, 4).map((_, at) => parts.slice(at).join('.'));
}

/** The name of a route, without the space of names that it is in, and what stands behind its path. */
function partsOfReversed(path: string): { name: string; rest: string } {
  const [whole = '', rest = ''] = path.slice(routeNamed.length).split(' ', 2);
  return { name: whole.slice(whole.lastIndexOf(':') + 1), rest };
}

/** `get` of `get("/orders")`, `PostAsJsonAsync(…)`, `request('GET', …)`. */
function verbsIn(words: readonly string[]): Set<string> {
  const found = words.flatMap(
    (word) => /^(get|post|put|patch|delete)(?:(?:As)?Json|(?:\w*)Async)?$/i.exec(word)?.[1] ?? [],
  );
  return new Set(found.map((verb) => verb.toLowerCase()));
}

/** Calls that run a command line. */
const invoking = /^(invoke|run|run_command|main)$/;

function textOf(literal: string): string {
  return literal.replaceAll(/^[^"'`]*["'`]+|["'`]+$/g, '');
}

/** `"/orders/1?all=1"`, `"http://localhost/orders"`; null for a text that is no path. */
function pathIn(literal: string): string | null {
  const text = textOf(literal);
  return /^(?:https?:\/\/[^/\s]+)?(\/[^\s]*)$/.exec(text)?.[1] ?? null;
}

function withoutHost(path: string): string {
  return path.replace(/^(\*|https?:\/\/[^/]+)(?=\/)/, '');
}

/** Without method, query and what may stand for anything. */
function segmentsOf(path: string): string[] {
  return path
    .replace(/^[A-Z]+ /, '')
    .replace(/[?#].*$/, '')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '^' && segment !== '$')
    .slice(0, limits.segments)
    .map((segment) => (/^[:<{(*[]|\$\{|\{/.test(segment) ? '*' : segment));
}

/** Of the longest end of a path that somebody answers. */
function firstOf(
  path: string,
  handlers: ReadonlyMap<string, ReadonlySet<RouteFacts>>,
): ReadonlySet<RouteFacts> | undefined {
  const whole = segmentsOf(path);
  for (let from = 0; from <= Math.min(limits.prefix, Math.max(0, whole.length - 1)); from += 1) {
    const end = whole.slice(from);
    const keys = [
      end,
      end.map((segment) => (/\d/.test(segment) ? '*' : segment)),
      // `/:code` answers `/abc`, and not whatever path ends in a word.
      ...(from > 0 && end.length === 1 ? [] : end.map((_, at) => end.with(at, '*'))),
    ];
    for (const key of keys) {
      const found = handlers.get(key.join('/'));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
