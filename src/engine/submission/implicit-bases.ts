import type { ClassFacts, FileFacts } from '../facts.ts';
import { addTo } from '../multimap.ts';

/** Interfaces that are looked at: each is compared with every type. */
const most = 300;

/**
 * The files with the interfaces of Go, which no type names, among the bases of the types that have all their methods.
 */
export function withImplicitBases(files: readonly FileFacts[]): FileFacts[] {
  const go = files.filter(({ language }) => language === 'go');
  const types = go.flatMap((file) => file.classes);
  const interfaces = types.filter(({ asksFor = [] }) => asksFor.length > 0).slice(0, most);
  if (interfaces.length === 0) return [...files];
  // Methods may stand in another file of the package than the type.
  const methods = new Map<string, Set<string>>();
  for (const { owner, name } of go.flatMap(({ functions }) => functions))
    if (owner !== null) addTo(methods, owner, name);
  const metBy = ({ name, kind }: ClassFacts): string[] => {
    const own = methods.get(name);
    if (kind === 'interface' || own === undefined) return [];
    return interfaces
      .filter(({ asksFor = [] }) => asksFor.every((method) => own.has(method)))
      .map((one) => one.name);
  };
  const isGo = new Set(go);
  return files.map((file) =>
    isGo.has(file)
      ? {
          ...file,
          classes: file.classes.map((type) => ({
            ...type,
            bases: [...new Set([...type.bases, ...metBy(type)])],
          })),
        }
      : file,
  );
}
