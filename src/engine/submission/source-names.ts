import type { FileFacts, FunctionFacts } from '../facts.ts';

/**
 * The files with what they import under another name called by its own: `DomainJob(…)` after
 * `from models import Job as DomainJob` is a use of `Job`. The name that stands there is kept where names are only
 * mentioned.
 */
export function withSourceNames(files: readonly FileFacts[]): FileFacts[] {
  return files.map((file) => {
    const aliases = new Map(file.imports.flatMap(({ aliases: own = {} }) => Object.entries(own)));
    return aliases.size === 0 ? file : renamed(file, aliases);
  });
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
