import type { GuardFacts } from '../../facts.ts';
import { claimedLinks } from '../../prose/grounding.ts';
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
    return notApplicable('no function whose inputs could be checked');
  }
  const told = claims(context);
  const tested = new Set(
    testsOfFailures(submission.tests.cases).flatMap(({ subjects }) => subjects),
  );
  const wanted = Math.max(
    threshold(rubric, 'guards_minimum_wanted'),
    functions.length * threshold(rubric, 'guards_wanted_per_function'),
  );
  const seen = new Set<string>();
  const shares = guardShares(submission);
  const guards = code.flatMap((file) =>
    file.guards.flatMap((guard): Observation[] => {
      const key = `${file.path} ${guard.function} ${guard.kind} ${guard.subject}`;
      if (seen.has(key)) return [];
      seen.add(key);
      const habit = submission.habitual.has(guard);
      const names = guard.function === null ? [] : [guard.function];
      const proven = names.some((name) => tested.has(name));
      // What is said of a name does not tell why every function checks it.
      const explained = !habit && [guard.subject, ...names].some((name) => told.has(name));
      const worth =
        (shares.get(guard) ?? 1) +
        (proven ? threshold(rubric, 'guard_tested_bonus') : 0) +
        (explained ? threshold(rubric, 'guard_told_bonus') : 0);
      return [
        {
          ...inFile(file, guard, `${file.path}#${guard.function ?? guard.startLine}`),
          rule: `guard_${guard.kind}`,
          type: 'edge_case',
          message: guardMessage(guard, { proven, explained, habit }),
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

interface Backing {
  proven: boolean;
  explained: boolean;
  habit: boolean;
}

function guardMessage(guard: GuardFacts, { proven, explained, habit }: Backing): string {
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
  const more = habit ? ', as most functions do, which by itself counts for nothing' : '';
  return `Checks \`${guard.subject}\` ${what[guard.kind]}${extra === '' ? '' : `, ${extra}`}${more}.`;
}
