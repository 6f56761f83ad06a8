import type { FileFacts } from '../../facts.ts';
import type { SmellFacts } from '../../pattern-facts.ts';
import { curve, threshold, type Rubric } from '../../rubric.ts';
import type { Submission } from '../../submission/submission.ts';
import type { Observation } from '../criterion.ts';
import { inFile } from '../places.ts';

/** Smells of one group over the candidate's own code, with the raw points that each costs. */
export function smellObservations(
  submission: Submission,
  rubric: Rubric,
  group: SmellFacts['group'],
): Observation[] {
  // Density: the same slip weighs less in more code, but a snippet is not damned for one.
  const size = Math.max(submission.lloc, threshold(rubric, 'smell_minimum_lines'));
  const perHundred = 100 / size;
  return submission.code.flatMap((file) =>
    file.smells
      .filter((smell) => smell.group === group)
      .map((smell): Observation => {
        const cost = curve(rubric, 'smell_cost', smell.severity);
        return {
          ...inFile(file, smell, unitOf(file, smell)),
          rule: smell.rule,
          type: `${group}_smell`,
          message: sentence(smell.message),
          advice: `Mend ${file.path}:${smell.startLine}: ${lowerFirst(smell.message).replace(/\.$/, '')}`,
          amount: cost * perHundred,
          metadata: { severity: smell.severity, function: smell.function },
        };
      }),
  );
}

function unitOf(file: FileFacts, smell: SmellFacts): string {
  return `${file.path}#${smell.function ?? smell.startLine}`;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** Lower-cases a sentence's start, unless it starts with a name or an abbreviation. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
