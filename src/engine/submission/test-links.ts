import type { FileFacts, TestCaseFacts } from '../facts.ts';
import type { FunctionAt } from '../facts.ts';

export interface TestCaseAt {
  file: FileFacts;
  test: TestCaseFacts;
  /** `vacuous`: cannot fail. `copy`: says what another test says. `unlinked`: calls none of the code. */
  verdict: 'counts' | 'vacuous' | 'copy' | 'unlinked';
  /** Names of the code that it calls. */
  subjects: string[];
  /** Checks a failure or a rejection. */
  negative: boolean;
}

export interface TestLinks {
  cases: TestCaseAt[];
  /** Cases that count, by the name they call. */
  byName: Map<string, TestCaseAt[]>;
  /** The first case that reaches a name through a function it calls, by that name. */
  throughCaller: Map<string, TestCaseAt>;
}

/**
 * Ties each test to the code it calls, by name (there are no types here, so a method and a function of
 * one name share their tests). Copies and tests that can't fail tie nothing.
 */
export function linkTests(
  files: readonly FileFacts[],
  functions: readonly FunctionAt[],
): TestLinks {
  const owners = functions.flatMap(({ fn }) => (fn.owner === null ? [] : [fn.owner]));
  const names = new Set([...functions.map(({ fn }) => fn.name), ...owners]);
  const seen = new Set<string>();
  const cases: TestCaseAt[] = [];
  const byName = new Map<string, TestCaseAt[]>();
  for (const file of files) {
    if (file.role !== 'test' && file.role !== 'source') continue;
    for (const test of file.tests) {
      const found = judgeTest(file, test, names, seen);
      cases.push(found);
      if (found.verdict !== 'counts') continue;
      for (const name of found.subjects) {
        const known = byName.get(name);
        if (known) known.push(found);
        else byName.set(name, [found]);
      }
    }
  }
  return { cases, byName, throughCaller: reachedThroughCallers(byName, functions) };
}

function reachedThroughCallers(
  byName: ReadonlyMap<string, TestCaseAt[]>,
  functions: readonly FunctionAt[],
): Map<string, TestCaseAt> {
  const reached = new Map<string, TestCaseAt>();
  for (const { fn } of functions) {
    const first = byName.get(fn.name)?.[0];
    if (!first) continue;
    for (const { name } of fn.calls)
      if (name !== fn.name && !reached.has(name)) reached.set(name, first);
  }
  return reached;
}

function judgeTest(
  file: FileFacts,
  test: TestCaseFacts,
  names: ReadonlySet<string>,
  seen: Set<string>,
): TestCaseAt {
  const subjects = [...new Set(test.calls)].filter((name) => names.has(name));
  const effective = test.assertions.filter((assertion) => assertion.effective);
  const identity = JSON.stringify([test.shape, test.literals, subjects]);
  const at = { file, test, subjects, negative: effective.some(({ negative }) => negative) };
  if (effective.length === 0) return { ...at, verdict: 'vacuous' };
  if (seen.has(identity)) return { ...at, verdict: 'copy' };
  seen.add(identity);
  return { ...at, verdict: subjects.length === 0 ? 'unlinked' : 'counts' };
}
