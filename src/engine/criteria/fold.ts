import type { CriterionDraft, Observation } from './criterion.ts';

/** Observations that a criterion keeps one by one. Evidence shows 200; the rest serves resampling. */
const kept = 1_000;

/**
 * The same draft with its lightest observations summed up by rule, so that 100,000 small findings need
 * no more memory than 1,000. The sum of the amounts stays what it was; caps are never folded.
 */
export function folded(draft: CriterionDraft): CriterionDraft {
  if (!draft.applicable || draft.observations.length <= kept) return draft;
  const weight = ({ amount, potential, criterionCap, pathCap }: Observation): number =>
    (criterionCap ?? pathCap) === undefined ? Math.abs(amount) + (potential ?? 0) : Infinity;
  const least = draft.observations.map(weight).sort((a, b) => b - a)[kept] ?? 0;
  const observations: Observation[] = [];
  const sums = new Map<string, Observation & { folded: number }>();
  for (const item of draft.observations) {
    if (weight(item) > least) {
      observations.push(item);
      continue;
    }
    const key = `${item.rule} ${item.amount > 0} ${item.advice !== undefined}`;
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { ...item, folded: 1 });
    else add(known, item);
  }
  return { ...draft, observations: [...observations, ...[...sums.values()].map(presented)] };
}

function add(sum: Observation & { folded: number }, item: Observation): void {
  sum.folded += 1;
  sum.amount += item.amount;
  if (sum.potential !== undefined) sum.potential += item.potential ?? 0;
  // Work on many places is the lead's work only when all of them name it.
  if (sum.remedy !== item.remedy) delete sum.remedy;
}

function presented({ folded: times, ...item }: Observation & { folded: number }): Observation {
  if (times === 1) return item;
  return {
    ...item,
    message: `${item.message.replace(/\.$/, '')}, and ${times - 1} smaller findings of this kind.`,
    metadata: { ...item.metadata, findings: times },
  };
}
