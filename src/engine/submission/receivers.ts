import type { ClassFacts, FileFacts, ImportFacts } from '../facts.ts';
import { rememberAll } from '../memoize.ts';
import { pushTo } from '../multimap.ts';
import { unknownType } from '../syntax/value-types.ts';
import { functionsOf, ownersByName } from './functions-of.ts';
import { moduleStem } from './path-stems.ts';

/** Whether a call may be one of a method of this class, or (null) of a function of no class. */
export type MayBeOf = (owner: string | null) => boolean;

/**
 * Whose a call of a name in a file is, by what it is made on (as written, or null).
 *
 * @returns null where nothing tells, so that every function of the name may be meant
 */
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
  const managers = new Set(
    classes.filter(({ bases }) => bases.some((base) => manager.test(base))).map(({ name }) => name),
  );
  const libraries = librariesOf(files);
  const declaring = methodsOf(files, classes);
  return (file, name, receiver) => {
    if (receiver === null || receiver === '') return null;
    const root = rootOf(receiver);
    if (isManager(file, receiver)) return orExtension(managers, file);
    const isForeign = libraries(file).has(root) || isTypeOfRust(file, receiver);
    if (isForeign && isElsewhere(root)) return orExtension(new Set(), file);
    const ruby = file.language === 'ruby' ? ofConstant(file, name, receiver) : null;
    if (ruby !== null) return ruby;
    const types = declared.has(receiver) ? [receiver] : typesOf(file, receiver);
    return types === null ? null : ofTypes(types, file, name);
  };

  /** Of Ruby: what is called on a class itself is of that or of what it is made from, or of a library: `Cart.create`. */
  function ofConstant(file: FileFacts, name: string, receiver: string): MayBeOf | null {
    const own = classNamed(receiver);
    if (declared.has(own)) return orExtension(declaring([own], name), file);
    const isConstant = /^[A-Z]\w*$/.test(receiver);
    return isConstant && isElsewhere(receiver) ? orExtension(new Set(), file) : null;
  }

  function ofTypes(told: readonly string[], file: FileFacts, name: string): MayBeOf | null {
    // `NewStore(db)` of Go gives a `Store` where there is one.
    const types = told.map((type) => {
      const made = file.language === 'go' ? (/^New([A-Z]\w*)\(\)$/.exec(type)?.[1] ?? '') : '';
      return declared.has(made) ? made : type;
    });
    const own = types.map(withoutCall).filter((type) => declared.has(type));
    const found = declaring(own, name);
    const isForeign = types.some((type) => withoutCall(type) === type && isElsewhere(type));
    const isInherited = nominal.has(file.language) && own.length === types.length;
    return found.size > 0 || isForeign || isInherited ? orExtension(found, file) : null;
  }
}

/** `Vec::new()` of Rust is of a type, and of one of the library where the code has none of that name. */
function isTypeOfRust({ language }: FileFacts, receiver: string): boolean {
  return language === 'rust' && receiver !== 'Self' && /^[A-Z]\w+$/.test(receiver);
}

function rootOf(receiver: string): string {
  return /^\$?(\w+)/.exec(receiver)?.[1] ?? '';
}

/** What is asked of the rows of a model of Django is one of its manager. */
function isManager({ language }: FileFacts, receiver: string): boolean {
  return language === 'python' && /\.(objects|_default_manager)\b/.test(receiver);
}

const manager = /(Manager|QuerySet)$/;

/** Ruby says no types: `cart` and `@order_item` are a `Cart` and an `OrderItem` where there are such classes. */
function classNamed(receiver: string): string {
  const name = /^@?([a-z][a-z_]*|[A-Z]\w*)$/.exec(receiver)?.[1] ?? '';
  return name
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** `Order` of `Order()`, which stands for what a call of that name gives. */
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

/** Classes of one family that are looked at: chains of thousands are nobody's design. */
const largestFamily = 1_000;

/** Of some classes with what they are made from and what is made from them, those that declare a method. */
function methodsOf(
  files: readonly FileFacts[],
  classes: readonly ClassFacts[],
): (types: readonly string[], name: string) => Set<string> {
  const owners = ownersByName(functionsOf(files));
  const bases = new Map<string, string[]>();
  const heirs = new Map<string, string[]>();
  for (const { name, bases: direct, mixins = [] } of classes)
    for (const base of [...direct, ...mixins]) {
      pushTo(bases, name, base);
      pushTo(heirs, base, name);
    }
  const familyOf = rememberAll((type: string): ReadonlySet<string> =>
    reachable(type, bases).union(reachable(type, heirs)),
  );
  const declaringIn = rememberAll((type: string) =>
    rememberAll((name: string) =>
      [...(owners.get(name) ?? [])]
        .filter((owner) => owner !== null)
        .filter((owner) => familyOf(type).has(owner)),
    ),
  );
  return (types, name) => new Set(types.flatMap((type) => declaringIn(type)(name)));
}

function reachable(from: string, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set([from]);
  for (const name of found) {
    if (found.size >= largestFamily) break;
    for (const one of next.get(name) ?? []) found.add(one);
  }
  return found;
}

/** Names that a file imports from what is not in the submission. */
function librariesOf(files: readonly FileFacts[]): (file: FileFacts) => ReadonlySet<string> {
  const own = new Set(files.flatMap(({ path }) => path.split('/').map(moduleStem)));
  const isLibrary = ({ module, relative }: ImportFacts): boolean =>
    !relative && !own.has(moduleStem(module.slice(module.search(/[\w-]+$/))));
  return rememberAll(
    ({ imports }: FileFacts) =>
      new Set(imports.filter(isLibrary).flatMap(({ module, names }) => [...names, module])),
  );
}
