import type { FileFacts, FunctionAt } from '../facts.ts';
import type { CallFacts } from '../call-facts.ts';
import { rememberAll } from '../memoize.ts';
import { wordsOfName } from '../words-of-name.ts';
import { ownersByName } from './functions-of.ts';
import type { OwnersCalled } from './receivers.ts';

/** Of thousands of functions of one name: those that a call may be of, and words of the classes that they are of. */
const most = { targets: 40, words: 300 };

/**
 * Finds the functions that a call of a file may be of: those of its name that what it is made on allows.
 *
 * @param named functions by the names that they are called by
 * @returns asked with the names to look up where they are more than the call's own
 */
export function callTargets(
  functions: readonly FunctionAt[],
  named: ReadonlyMap<string, readonly FunctionAt[]>,
  ownersOf: OwnersCalled,
): (file: FileFacts, call: CallFacts, names?: readonly string[]) => FunctionAt[] {
  const mayBeOwn = ownCalls(functions);
  return (file, call, names = [call.name]) => {
    const found = names
      .flatMap((name) => named.get(name)?.slice(0, most.targets) ?? [])
      .filter((at) => callsEachOther(file, at.file));
    if (found.length === 0) return found;
    const of = ownersOf(file, call.name, call.qualifier);
    if (of === null) return mayBeOwn(call) ? found : [];
    return found.filter(({ fn }) => of(fn.owner));
  };
}

/** Languages of which each can call the others. */
export const scripts = /^(javascript|typescript|tsx|vue|svelte)$/;

/** Whether code of one file can call that of another: a function of Java is none of a script's. */
export function callsEachOther(one: FileFacts, other: FileFacts): boolean {
  return (
    one.language === other.language || (scripts.test(one.language) && scripts.test(other.language))
  );
}

/** Methods that every list, map and file has: of `current.add(loan)` nobody knows that it is the code's own `add`. */
const common =
  /^(add|get|put|set|has|push|pop|remove|delete|clear|contains|includes|find|map|filter|join|append|insert|keys|values|size|length|count|sort|close|write|read|open|start|stop|run|next|send|update|final|digest|equals|compare\w*|toString)$/i;

/** Whether a call whose receiver tells nothing may be of one of the functions. */
function ownCalls(functions: readonly FunctionAt[]): (call: CallFacts) => boolean {
  const owners = ownersByName(functions);
  // Words of the classes that have such a method; null where a function of that name is of none.
  const wordsOf = rememberAll((name: string): readonly string[] | null => {
    const classes = [...(owners.get(name) ?? [null])];
    if (classes.includes(null)) return null;
    const words = classes.flatMap((owner) => wordsOfName(owner ?? ''));
    return [...new Set(words)].filter((word) => word.length > 2).slice(0, most.words);
  });
  return ({ name, qualifier }: CallFacts) => {
    if (!common.test(name) || qualifier === null || /^(this|self|cls|super)$/.test(qualifier))
      return true;
    const words = wordsOf(name);
    const text = qualifier.toLowerCase();
    return words === null || words.some((word) => text.includes(word));
  };
}
