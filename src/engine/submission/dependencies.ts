import type { FileFacts, ImportFacts } from '../facts.ts';
import { pushTo } from '../multimap.ts';
import { fileStem } from './path-stems.ts';

export interface DependencyGraph {
  /** Path to the paths it uses, both inside the submission. */
  uses: Map<string, Set<string>>;
  usedBy: Map<string, Set<string>>;
  /** Groups of files that need each other, each in code-point order of path. */
  cycles: string[][];
}

/**
 * Who uses whom inside the submission. Imports are resolved where they name a file; elsewhere (one
 * package, global name spaces) a file uses another when it mentions a type that only the other
 * declares. Such mentions make edges but no cycles: types of one package may know each other.
 */
export function dependencyGraph(files: readonly FileFacts[]): DependencyGraph {
  const resolved = importedFiles(files);
  const owners = typeOwners(files);
  const imported = new Map(
    files.map(({ path, imports }): [string, Set<string>] => {
      const targets = imports.flatMap(resolved).filter((target) => target !== path);
      return [path, new Set(targets)];
    }),
  );
  const uses = new Map(
    files.map((file): [string, Set<string>] => [
      file.path,
      new Set([...(imported.get(file.path) ?? []), ...mentionedFiles(file, owners)]),
    ]),
  );
  return { uses, usedBy: reversed(uses), cycles: stronglyConnected(imported) };
}

/** Paths that an import of a file names, inside of the submission. */
export function importedFiles(files: readonly FileFacts[]): (item: ImportFacts) => string[] {
  const stems = pathsByStem(files);
  const paths = new Set(files.map(({ path }) => path));
  const importers = new Map(
    files.flatMap(({ path, imports }) =>
      imports.map((item): [ImportFacts, string] => [item, path]),
    ),
  );
  return (item) => {
    const headers = headersNamed(item, stems, paths);
    if (headers.length > 0) return headers;
    const beside = besideImporter(item, importers.get(item), paths);
    if (beside !== undefined) return [beside];
    return candidates(item)
      .map((name) => resolve(item, name, stems))
      .filter((path) => path !== undefined);
  };
}

/** `./login` of `reducers/index.js` is `reducers/login.js`, whatever else is called so. */
function besideImporter(
  { module }: ImportFacts,
  importer: string | undefined,
  paths: ReadonlySet<string>,
): string | undefined {
  if (importer === undefined || !/^\.\.?\//.test(module)) return undefined;
  const parts = importer.split('/').slice(0, -1);
  for (const part of module.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  const place = parts.join('/');
  // `./store.js` may be written as `store.ts`.
  const bare = place.replace(/\.[cm]?jsx?$/, '');
  return [place, ...endings.flatMap((end) => [`${bare}${end}`, `${bare}/index${end}`])].find(
    (path) => paths.has(path),
  );
}

const endings = ['.ts', '.tsx', '.js', '.jsx', '.mjs', '.cjs', '.mts', '.cts', '.vue', '.svelte'];

/** `#include "store.h"` names a header, beside which there may be a `store.c`. */
function headersNamed(
  { module, relative }: ImportFacts,
  stems: ReadonlyMap<string, string[]>,
  paths: ReadonlySet<string>,
): string[] {
  if (!relative || !/\.(h|hh|hpp|hxx)$/.test(module)) return [];
  const name = module.replace(/^(\.\.?\/)+/, '');
  const found = (stems.get(fileStem(name)) ?? []).filter(
    (path) => path === name || path.endsWith(`/${name}`),
  );
  return found.length === 1 && paths.has(found[0] ?? '') ? found : [];
}

function mentionedFiles(file: FileFacts, owners: ReadonlyMap<string, string>): string[] {
  return file.symbols
    .map((symbol) => owners.get(symbol))
    .filter((path): path is string => path !== undefined && path !== file.path);
}

function reversed(graph: ReadonlyMap<string, ReadonlySet<string>>): Map<string, Set<string>> {
  const usedBy = new Map([...graph.keys()].map((path): [string, Set<string>] => [path, new Set()]));
  for (const [from, targets] of graph) for (const to of targets) usedBy.get(to)?.add(from);
  return usedBy;
}

function pathsByStem(files: readonly FileFacts[]): Map<string, string[]> {
  const stems = new Map<string, string[]>();
  for (const { path } of files) {
    const stem = fileStem(path);
    pushTo(stems, isIndex(stem) ? parentName(path) : stem, path);
  }
  return stems;
}

/** The last part of the module; of `from . import a` the names taken. */
function candidates(item: ImportFacts): string[] {
  const last = moduleParts(item).at(-1);
  return last === undefined ? item.names : [last];
}

/** `./orders/store.ts` and `shop.orders.store` → shop, orders, store. */
function moduleParts({ module }: ImportFacts): string[] {
  return module
    .replace(/\.(?:[cm]?[jt]sx?|vue|svelte|rb|php|h|hpp)$/, '')
    .split(/[/\\.]|::/)
    .filter((part) => /^[\w-]/.test(part) && part !== 'crate' && part !== 'super');
}

/** The one file of that name whose folder agrees with the module's. */
function resolve(
  item: ImportFacts,
  name: string,
  stems: ReadonlyMap<string, string[]>,
): string | undefined {
  const found = stems.get(name) ?? [];
  const parent = moduleParts(item).at(-2);
  const close = found.filter((path) => parent === undefined || path.includes(`${parent}/`));
  const best = close.length === 0 && item.relative ? found : close;
  return best.length === 1 ? best[0] : undefined;
}

/** Type name to its file, where only one file declares it. */
function typeOwners(files: readonly FileFacts[]): Map<string, string> {
  const owners = new Map<string, string>();
  const shared = new Set<string>();
  for (const file of files) {
    for (const name of namesOffered(file)) {
      if (owners.has(name) && owners.get(name) !== file.path) shared.add(name);
      owners.set(name, file.path);
    }
  }
  for (const name of shared) owners.delete(name);
  return owners;
}

/** Types; and where files know each other without a word (a package of Go, scripts of one page), functions and values. */
function namesOffered({ classes, functions, topLevel, language, imports }: FileFacts): string[] {
  const types = classes.map(({ name }) => name);
  const isLoose =
    language === 'javascript' && imports.length === 0 && !topLevel.some((one) => one.exports);
  if (language !== 'go' && !isLoose) return types;
  const own = functions.filter(({ owner, kind }) => owner === null && kind === 'function');
  const names = [...own.map(({ name }) => name), ...topLevel.flatMap((one) => one.names)];
  return [
    ...types,
    ...names.filter((name) => name.length > 3 && name !== 'main' && name !== 'init'),
  ];
}

function isIndex(stem: string): boolean {
  return stem === 'index' || stem === '__init__' || stem === 'mod';
}

function parentName(path: string): string {
  return path.split('/').at(-2) ?? '';
}

/** Tarjan's algorithm with an explicit stack: import chains can be as long as the submission. */
function stronglyConnected(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const path: string[] = [];
  const onPath = new Set<string>();
  const cycles: string[][] = [];
  const enter = (node: string): { node: string; rest: string[] } => {
    order.set(node, order.size);
    low.set(node, order.size - 1);
    path.push(node);
    onPath.add(node);
    return { node, rest: [...(graph.get(node) ?? [])] };
  };
  const lower = (node: string, value: number): void => {
    low.set(node, Math.min(low.get(node) ?? value, value));
  };
  const leave = (node: string): void => {
    if (low.get(node) !== order.get(node)) return;
    const group = path.splice(path.indexOf(node));
    for (const member of group) onPath.delete(member);
    if (group.length > 1) cycles.push(group.sort());
  };
  for (const root of graph.keys()) {
    if (order.has(root)) continue;
    const stack = [enter(root)];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const next = top.rest.pop();
      if (next === undefined) {
        stack.pop();
        leave(top.node);
        const parent = stack.at(-1);
        if (parent) lower(parent.node, low.get(top.node) ?? 0);
      } else if (!order.has(next)) stack.push(enter(next));
      else if (onPath.has(next)) lower(top.node, order.get(next) ?? 0);
    }
  }
  return cycles.sort((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
}
