import type { ClassFacts, FileFacts } from '../facts.ts';
import { oncePerObject } from '../memoize.ts';
import { addTo } from '../multimap.ts';

/**
 * A name for each class that is made from it. Ruby opens a class again, with its base, wherever it goes on; what holds
 * an interface of Go without having all its methods is none of the types that the interface stands for.
 *
 * @param files the code and what of it nothing uses
 */
export function implementersIn(code: readonly FileFacts[], files: readonly FileFacts[]): string[] {
  const open = new Set<string>();
  const fills = filling(files);
  return code.flatMap(({ language, classes }) =>
    classes.flatMap((type) =>
      type.bases.filter((base) => {
        const isAgain = language === 'ruby' && open.has(`${type.name}<${base}`);
        open.add(`${type.name}<${base}`);
        return base !== type.name && !isAgain && fills(type, base);
      }),
    ),
  );
}

/** Tells whether a type has all methods that one of its bases asks for, which only an interface of Go may not see to. */
export const filling = oncePerObject(fillingIn);

function fillingIn(files: readonly FileFacts[]): (type: ClassFacts, base: string) => boolean {
  const asked = new Map<string, readonly string[]>();
  const methods = new Map<string, Set<string>>();
  for (const { language, classes, functions } of files) {
    if (language !== 'go') continue;
    for (const { name, asksFor = [] } of classes) asked.set(name, asksFor);
    for (const { owner, name } of functions) if (owner !== null) addTo(methods, owner, name);
  }
  return ({ name, kind }, base) =>
    kind === 'interface' ||
    (asked.get(base) ?? []).every((method) => methods.get(name)?.has(method) === true);
}
