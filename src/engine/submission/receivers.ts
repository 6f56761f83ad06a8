import type { CallFacts, ClassFacts, FileFacts, FunctionAt, ImportFacts } from '../facts.ts';
import { unknownType } from '../syntax/value-types.ts';
import { wordsOfName } from '../words-of-name.ts';

/** Whether a call may be one of a method of this class, or (null) of a function of no class. */
export type MayBeOf = (owner: string | null) => boolean;

/** @returns null where nothing tells, so that every function of the name may be meant */
export type OwnersCalled = (
  file: FileFacts,
  name: string,
  receiver: string | null,
) => MayBeOf | null;

/**
 * Tells whose method a call is, by what it is made on: `store.add(x)` where the file says `Store store` is the `add` of
 * `Store`, of what is made from it or of what it is made from; `StepVerifier.create(x)` of a library is no function of
 * the submission.
 */
export function ownersCalled(files: readonly FileFacts[]): OwnersCalled {
  const classes = files.flatMap((file) => file.classes);
  const declared = new Set(classes.map(({ name }) => name));
  const named = new Set(files.flatMap(({ topLevel }) => topLevel.flatMap(({ names }) => names)));
  const isElsewhere = (type: string): boolean => !declared.has(type) && !named.has(type);
  const libraries = librariesOf(files);
  const declaring = methodsOf(files, classes);
  return (file, name, receiver) => {
    if (receiver === null || receiver === '') return null;
    const root = /^\$?(\w+)/.exec(receiver)?.[1] ?? '';
    if (libraries(file).has(root) && isElsewhere(root)) return orExtension(new Set(), file);
    const types = declared.has(receiver) ? [receiver] : typesOf(file, receiver);
    return types === null ? null : ofTypes(types, file, name);
  };

  function ofTypes(types: readonly string[], file: FileFacts, name: string): MayBeOf | null {
    const own = types.map(withoutCall).filter((type) => declared.has(type));
    const found = declaring(own, name);
    const isForeign = types.some((type) => withoutCall(type) === type && isElsewhere(type));
    const isInherited = nominal.has(file.language) && own.length === types.length;
    return found.size > 0 || isForeign || isInherited ? orExtension(found, file) : null;
  }
}

function withoutCall(type: string): string {
  return type.replace('()', '');
}

/** There a method that no class of the submission declares is none of its functions. */
const nominal = new Set(['java', 'csharp', 'php', 'cpp']);

/** Extension methods of C# stand in a class of their own. */
function orExtension(owners: ReadonlySet<string>, { language }: FileFacts): MayBeOf {
  return (owner) =>
    owner !== null && (owners.has(owner) || (language === 'csharp' && /Extensions?$/.test(owner)));
}

/** What a variable or a field of the object itself may hold; null where that is not told. */
function typesOf({ valueTypes = {} }: FileFacts, receiver: string): readonly string[] | null {
  const name = /^(?:(?:this|self|\$this)(?:\.|->))?[$@&*]*(\w+)[?!]*$/.exec(receiver)?.[1];
  const types = name === undefined || !Object.hasOwn(valueTypes, name) ? [] : valueTypes[name]!;
  return types.length === 0 || types.includes(unknownType) ? null : types;
}

/** Of some classes with what they are made from and what is made from them, those that declare a method. */
function methodsOf(
  files: readonly FileFacts[],
  classes: readonly ClassFacts[],
): (types: readonly string[], name: string) => Set<string> {
  const owners = new Map<string, Set<string>>();
  for (const { name, owner } of files.flatMap(({ functions }) => functions))
    if (owner !== null) owners.set(name, (owners.get(name) ?? new Set()).add(owner));
  const bases = new Map<string, string[]>();
  const heirs = new Map<string, string[]>();
  for (const { name, bases: direct, mixins = [] } of classes) {
    const own = [...direct, ...mixins];
    bases.set(name, [...(bases.get(name) ?? []), ...own]);
    for (const base of own) heirs.set(base, [...(heirs.get(base) ?? []), name]);
  }
  const families = new Map<string, ReadonlySet<string>>();
  const familyOf = (type: string): ReadonlySet<string> => {
    const known = families.get(type);
    if (known) return known;
    const family = new Set([...reachable(type, bases), ...reachable(type, heirs)]);
    families.set(type, family);
    return family;
  };
  return (types, name) => {
    const declaring = owners.get(name);
    if (declaring === undefined) return new Set();
    return new Set(
      types.flatMap((type) => [...familyOf(type)].filter((one) => declaring.has(one))),
    );
  };
}

function reachable(from: string, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set([from]);
  for (const name of found) for (const one of next.get(name) ?? []) found.add(one);
  return found;
}

/** Names that a file imports from what is not in the submission; asked once a file. */
function librariesOf(files: readonly FileFacts[]): (file: FileFacts) => ReadonlySet<string> {
  const own = new Set(files.flatMap(({ path }) => path.split('/').map(stemOf)));
  const isLibrary = ({ module, relative }: ImportFacts): boolean =>
    !relative && !own.has(stemOf(module.slice(module.search(/[\w-]+$/))));
  const known = new Map<FileFacts, ReadonlySet<string>>();
  return (file) => {
    const found =
      known.get(file) ??
      new Set(file.imports.filter(isLibrary).flatMap(({ module, names }) => [...names, module]));
    known.set(file, found);
    return found;
  };
}

/** Last part of a path or a dotted module, without its extension. */
export function stemOf(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const name = file.replace(/\.([cm]?[jt]sx?|py|rb|php|java|cs|go|rs|cpp|cc|h|hpp)$/, '');
  return name.slice(name.lastIndexOf('.') + 1);
}

/** Methods that every list, map and file has: of `current.add(loan)` nobody knows that it is the code's own `add`. */
const common =
  /^(add|get|put|set|has|push|pop|remove|delete|clear|contains|includes|find|map|filter|join|append|insert|keys|values|size|length|count|sort|close|write|read|open|start|stop|run|next|send|update|final|digest|equals|compare\w*|toString)$/i;

/** Classes that have a method of a name; null among them where a function of that name is of none. */
export type OwnersByName = ReadonlyMap<string, ReadonlySet<string | null>>;

export function ownersByName(functions: readonly FunctionAt[]): OwnersByName {
  const owners = new Map<string, Set<string | null>>();
  for (const { fn } of functions)
    owners.set(fn.name, (owners.get(fn.name) ?? new Set()).add(fn.owner));
  return owners;
}

/** Whether a call whose receiver tells nothing may be of a function of the submission. */
export function mayBeOwn({ name, qualifier }: CallFacts, owners: OwnersByName): boolean {
  if (!common.test(name) || qualifier === null || /^(this|self|cls|super)$/.test(qualifier))
    return true;
  const text = qualifier.toLowerCase();
  return [...(owners.get(name) ?? [null])].some(
    (owner) =>
      owner === null || wordsOfName(owner).some((word) => word.length > 2 && text.includes(word)),
  );
}
