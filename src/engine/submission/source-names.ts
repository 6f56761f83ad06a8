import type { FileFacts, FunctionFacts, ImportFacts } from '../facts.ts';
import type { LineRange } from '../line-range.ts';
import { importedFiles } from './dependencies.ts';

/**
 * The files with what they import under another name called by its own: `DomainJob(…)` after
 * `from models import Job as DomainJob` is a use of `Job`. The name that stands there is kept where names are only
 * mentioned.
 */
export function withSourceNames(files: readonly FileFacts[]): FileFacts[] {
  const offered = offeredTo(files);
  return files.map((file) => {
    const told = file.imports.flatMap(({ aliases: own = {} }) => Object.entries(own));
    const wholes = file.imports.flatMap((item) =>
      offered(item).map((name) => ({ alias: item.whole ?? '', name, line: item.line })),
    );
    const named = wholes.filter(({ alias, name }) => alias !== '' && alias !== name);
    const aliases = new Map([...told, ...named.map(({ alias, name }) => [alias, name] as const)]);
    const loaded = wholes.filter(({ alias }) => alias === '');
    const own = loaded.length === 0 ? file : withLoaded(file, loaded);
    return aliases.size === 0 ? own : renamed(own, aliases);
  });
}

/** Names of what an import takes without asking for a name: of `import Perfil from './Profile'`, which offers `Profile`. */
function offeredTo(files: readonly FileFacts[]): (item: ImportFacts) => string[] {
  const names = new Map(
    files.flatMap(({ path, offeredByDefault: name }) =>
      name === undefined ? [] : [[path, name] as const],
    ),
  );
  if (names.size === 0) return () => [];
  const resolved = importedFiles(files);
  return (item) =>
    item.whole === undefined || !item.relative
      ? []
      : resolved(item).flatMap((path) => names.get(path) ?? []);
}

/** `lazy(() => import('./Profile'))` uses what `./Profile` offers. */
function withLoaded(file: FileFacts, loaded: readonly { name: string; line: number }[]): FileFacts {
  const mentioning = <T extends LineRange & { mentions: string[] }>(holder: T): T => {
    const here = loaded.filter(({ line }) => holder.startLine <= line && line <= holder.endLine);
    return here.length === 0
      ? holder
      : { ...holder, mentions: [...holder.mentions, ...here.map(({ name }) => name)] };
  };
  return {
    ...file,
    functions: file.functions.map(mentioning),
    topLevel: file.topLevel.map(mentioning),
  };
}

type ValueTypes = NonNullable<FileFacts['valueTypes']>;

function renamed(file: FileFacts, aliases: ReadonlyMap<string, string>): FileFacts {
  const source = (name: string): string => aliases.get(name) ?? name;
  const both = (names: readonly string[]): string[] => [
    ...new Set(names.flatMap((name) => [name, source(name)])),
  ];
  const ofFunction = (fn: FunctionFacts): FunctionFacts => ({
    ...fn,
    mentions: both(fn.mentions),
    calls: fn.calls.map((call) => ({
      ...call,
      name: call.qualifier === null ? source(call.name) : call.name,
    })),
  });
  // `Order()` stands for what a call of that name gives.
  const ofType = (type: string): string =>
    type.endsWith('()') ? `${source(type.slice(0, -2))}()` : source(type);
  const typesOf = (types: ValueTypes): ValueTypes =>
    Object.fromEntries(Object.entries(types).map(([name, all]) => [name, all.map(ofType)]));
  return {
    ...file,
    functions: file.functions.map(ofFunction),
    topLevel: file.topLevel.map((holder) => ({ ...holder, mentions: both(holder.mentions) })),
    classes: file.classes.map((type) => ({ ...type, bases: type.bases.map(source) })),
    tests: file.tests.map((test) => ({ ...test, calls: both(test.calls) })),
    ...(file.valueTypes === undefined ? {} : { valueTypes: typesOf(file.valueTypes) }),
  };
}
