/** A rubric may judge its challenge once its canary was scored by what judges the challenge now. */
import { AppError } from '../../errors.ts';
import { presentCanary, type Canary } from './present-rubric.ts';
import { rubricPath } from './rubric.ts';
import type { RubricRow } from './rubric-store.ts';

/** Versions of the rubric and of the engine. */
interface JudgingNow {
  rubric: string;
  engine: string;
}

/** @throws {AppError} CONFLICT */
export function checkPublishable(row: RubricRow, now: JudgingNow): void {
  if (row.in_force) throw new AppError('CONFLICT', 'The rubric judges its challenge already.');
  const why = whyUntried(presentCanary(row), now);
  if (why === null) return;
  throw new AppError('CONFLICT', `${why} A rubric is published after its canary.`, {
    help: { suggestion: `Run POST ${rubricPath(row.version)}/canary and look at what it finds.` },
  });
}

function whyUntried(canary: Canary | null, now: JudgingNow): string | null {
  if (canary === null) return 'It has no canary.';
  if (canary.status !== 'completed') return `Its canary is ${canary.status}.`;
  if (canary.compared_with !== now.rubric) {
    return `Its canary was compared with ${canary.compared_with}, and ${now.rubric} judges the challenge now.`;
  }
  if (canary.engine_version === now.engine) return null;
  return `Its canary was scored by engine ${canary.engine_version}, and ${now.engine} judges now.`;
}
