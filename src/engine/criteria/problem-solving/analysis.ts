import type { FileFacts } from '../../facts.ts';
import type { GuardFacts } from '../../pattern-facts.ts';
import { claimOf } from '../../prose/grounding.ts';
import { relationsOf } from '../../prose/discourse.ts';
import { threshold } from '../../rubric.ts';
import { testsOfFailures } from '../../submission/test-links.ts';
import {
  count,
  notApplicable,
  type Criterion,
  type CriterionContext,
  type Observation,
} from '../criterion.ts';
import { guardShares } from '../guard-shares.ts';
import { inFile } from '../places.ts';
import { unusedNotes } from '../unused.ts';

/** Cases at the edge that the code checks for; told in prose or tested they count for more. */
export const analysis: Criterion = (context) => {
  const { submission, rubric } = context;
  const { functions, code } = submission;
  if (functions.length === 0 || submission.statements < threshold(rubric, 'minimum_statements')) {
    return notApplicable('no function that is large enough to check its inputs');
  }
  const told = claims(context);
  const failing = testsOfFailures(submission.tests.cases);
  const tested = new Set(failing.flatMap(({ own }) => own));
  const wanted = Math.max(
    threshold(rubric, 'guards_minimum_wanted'),
    functions.length * threshold(rubric, 'guards_wanted_per_function'),
  );
  const seen = new Set<string>();
  const ownerOf = new Map(code.flatMap(ownersOfChecks));
  const isProven = (guard: GuardFacts): boolean => {
    const name = guard.function;
    if (name === null || !tested.has(name)) return false;
    const owner = ownerOf.get(guard) ?? null;
    return failing.some(
      ({ own, owners }) => own.includes(name) && owners.get(name)?.(owner) !== false,
    );
  };
  // What is said of a name does not tell why every function checks it.
  const explainedBy = (guard: GuardFacts): number =>
    (1 - (submission.habitual.get(guard) ?? 0)) *
    told(guard.subject, guard.function, guard.usual === true);
  const shares = guardShares(
    submission,
    rubric,
    (guard) => isProven(guard) || explainedBy(guard) > 0,
  );
  const guards = code.flatMap((file) =>
    file.guards.flatMap((guard): Observation[] => {
      const key = `${file.path} ${guard.function} ${guard.kind} ${guard.subject}`;
      if (guard.dead === true || seen.has(key)) return [];
      seen.add(key);
      const habit = submission.habitual.get(guard) ?? 0;
      const proven = isProven(guard);
      const explained = explainedBy(guard);
      const worth =
        (shares.get(guard) ?? 1) +
        (proven ? threshold(rubric, 'guard_tested_bonus') : 0) +
        explained * threshold(rubric, 'guard_told_bonus');
      return [
        {
          ...inFile(file, guard, `${file.path}#${guard.function ?? guard.startLine}`),
          rule: `guard_${guard.kind}`,
          type: 'edge_case',
          message: guardMessage(guard, { proven, explained: explained > 0, habit }),
          amount: worth / wanted,
          metadata: { subject: guard.subject, tested: proven, explained: explained > 0 },
        },
      ];
    }),
  );
  return {
    applicable: true,
    sample: { n: functions.length, unit: 'functions' },
    observations: [...guards, ...unusedGuards(context)],
    summary:
      guards.length === 0
        ? `None of ${count(functions.length, 'function')} was found to refuse its input, to put it right, or to answer at once where it is missing, empty or out of range.`
        : `${count(guards.length, 'edge case')} found to be checked in ${count(functions.length, 'function')}.`,
  };
};

/** The class of the function that each check of a file stands in. */
function ownersOfChecks({ guards, functions }: FileFacts): [GuardFacts, string | null][] {
  return guards.map((guard) => {
    const around = functions.findLast(
      ({ name, startLine, endLine }) =>
        name === guard.function && startLine <= guard.startLine && guard.startLine <= endLine,
    );
    return [guard, around?.owner ?? null];
  });
}

function unusedGuards({ submission }: CriterionContext): Observation[] {
  return unusedNotes(submission, ({ guards }) =>
    guards > 0 ? `makes ${count(guards, 'check')}` : null,
  );
}

/**
 * How well sentences about a possible failure tell of a check: by its subject or its function, by both in one sentence
 * for one that fits any function, since every text speaks of some argument.
 */
function claims({
  submission,
  rubric,
}: CriterionContext): (subject: string, fn: string | null, both: boolean) => number {
  const named = new Map<string, Map<number, number>>();
  for (const [at, { sentence }] of submission.prose.sentences.entries()) {
    if (!relationsOf(sentence, rubric).failure) continue;
    const { links, tie } = claimOf(sentence, submission.grounding, rubric);
    for (const { text } of links)
      named.set(text, (named.get(text) ?? new Map<number, number>()).set(at, tie));
  }
  const none = new Map<number, number>();
  return (subject, fn, both) => {
    const [ofSubject, ofFunction] = [named.get(subject) ?? none, named.get(fn ?? '') ?? none];
    const ties = both
      ? [...ofSubject].flatMap(([at, tie]) => (ofFunction.has(at) ? [tie] : []))
      : [...ofSubject.values(), ...ofFunction.values()];
    return Math.max(0, ...ties);
  };
}

interface Backing {
  proven: boolean;
  explained: boolean;
  habit: number;
}

function guardMessage(guard: GuardFacts, { proven, explained, habit }: Backing): string {
  const what: Record<GuardFacts['kind'], string> = {
    empty: 'for being empty',
    falsy: 'for being empty or missing',
    null: 'for being missing',
    zero: 'for zero',
    negative: 'for negative values',
    bounds: 'against a limit',
    size: 'for its size',
    type: 'for its type',
    duplicate: 'for duplicates',
    membership: 'for being known',
    nan: 'for being no number',
    other: 'and refuses what does not fit',
  };
  const tested = proven ? `; a test of a failure calls \`${guard.function ?? ''}\`` : '';
  const more =
    habit === 0
      ? ''
      : habit < 1
        ? ', as many functions check what they are given, which by itself counts for less'
        : ', as most functions check what they are given, which by itself counts for nothing';
  const subject = guard.compared ?? guard.subject;
  const isLimit = guard.kind === 'bounds' && /limit/i.test(subject);
  return `Checks \`${subject}\` ${isLimit ? 'for being out of range' : what[guard.kind]}${explained ? ', explained' : ''}${more}${tested}.`;
}
