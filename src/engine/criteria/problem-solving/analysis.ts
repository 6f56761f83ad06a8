import type { GuardFacts } from '../../facts.ts';
import { claimedLinks } from '../../prose/grounding.ts';
import { relationsOf } from '../../prose/discourse.ts';
import { threshold } from '../../rubric.ts';
import {
  count,
  notApplicable,
  type Criterion,
  type CriterionContext,
  type Observation,
} from '../criterion.ts';
import { inFile } from '../places.ts';
import { diminishing, shapeOfLines } from '../repeats.ts';
import { unusedNotes } from '../unused.ts';

/** Cases at the edge that the code checks for; told in prose or tested they count for more. */
export const analysis: Criterion = (context) => {
  const { submission, rubric } = context;
  const { functions, code } = submission;
  if (functions.length === 0 || submission.statements < threshold(rubric, 'minimum_statements')) {
    return notApplicable('no function whose inputs could be checked');
  }
  const told = claims(context);
  const tested = new Set(
    submission.tests.cases
      .filter(({ verdict, negative, crash }) => verdict === 'counts' && negative && !crash)
      .flatMap(({ subjects }) => subjects),
  );
  const wanted = Math.max(
    threshold(rubric, 'guards_minimum_wanted'),
    functions.length * threshold(rubric, 'guards_wanted_per_function'),
  );
  const seen = new Set<string>();
  const shares = sharesOf(context);
  const guards = code.flatMap((file) =>
    file.guards.flatMap((guard): Observation[] => {
      const key = `${file.path} ${guard.function} ${guard.kind} ${guard.subject}`;
      if (seen.has(key)) return [];
      seen.add(key);
      const proven = guard.function !== null && tested.has(guard.function);
      const explained =
        told.has(guard.subject) || (guard.function !== null && told.has(guard.function));
      const worth =
        (shares.get(guard) ?? 1) +
        (proven ? threshold(rubric, 'guard_tested_bonus') : 0) +
        (explained ? threshold(rubric, 'guard_told_bonus') : 0);
      return [
        {
          ...inFile(file, guard, `${file.path}#${guard.function ?? guard.startLine}`),
          rule: `guard_${guard.kind}`,
          type: 'edge_case',
          message: guardMessage(guard, proven, explained),
          amount: worth / wanted,
          metadata: { subject: guard.subject, tested: proven, explained },
        },
      ];
    }),
  );
  return {
    applicable: true,
    sample: { n: functions.length, unit: 'functions' },
    observations: [...guards, ...unusedGuards(context)],
    summary: `${count(guards.length, 'edge case')} checked in ${count(functions.length, 'function')}.`,
  };
};

/** Checks of one shape, such as the same line at the start of each function, count with diminishing returns. */
function sharesOf({ submission }: CriterionContext): Map<GuardFacts, number> {
  const all = submission.code.flatMap(({ path, guards }) =>
    guards.map((guard) => ({ path, guard })),
  );
  const shares = diminishing(
    all.map(({ path, guard }) => `${guard.kind} ${shapeOfLines(submission, path, guard)}`),
  );
  return new Map(all.map(({ guard }, index) => [guard, shares[index] ?? 1]));
}

function unusedGuards({ submission }: CriterionContext): Observation[] {
  return unusedNotes(submission, ({ guards }) =>
    guards > 0 ? `makes ${count(guards, 'check')}` : null,
  );
}

/** Names that a sentence about a possible failure is about. */
function claims({ submission, rubric }: CriterionContext): Set<string> {
  const named = new Set<string>();
  for (const { sentence } of submission.prose.sentences) {
    if (!relationsOf(sentence, rubric).failure) continue;
    for (const { text } of claimedLinks(sentence, submission.grounding, rubric)) named.add(text);
  }
  return named;
}

function guardMessage(guard: GuardFacts, proven: boolean, explained: boolean): string {
  const what: Record<GuardFacts['kind'], string> = {
    empty: 'for being empty',
    null: 'for being missing',
    zero: 'for zero',
    negative: 'for negative values',
    bounds: 'against a limit',
    type: 'for its type',
    duplicate: 'for duplicates',
    other: 'and refuses what does not fit',
  };
  const extra = [...(proven ? ['tested'] : []), ...(explained ? ['explained'] : [])].join(' and ');
  return `Checks \`${guard.subject}\` ${what[guard.kind]}${extra === '' ? '' : `, ${extra}`}.`;
}
