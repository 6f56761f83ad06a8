/** `--fail-under technical=60`: scores that a pipeline asks for. */
import { pathNames, type PathName } from '../engine/contract.ts';
import { CliError, exitCodes } from './exit-codes.ts';

export interface Threshold {
  of: PathName | 'overall';
  least: number;
}

/** Of a result, or of one in short. */
interface Scores {
  overall_score: number | null;
  path_scores: readonly { path: string; overall_score: number | null; reason?: string }[];
}

const names = [...pathNames, 'overall'] as const;

/** @param text `technical=60`, `overall=70`, or `70` for the overall score */
export function readThreshold(text: string): Threshold {
  const [, name = 'overall', number = ''] = /^(?:([a-z_]+)=)?(\d{1,3}(?:\.\d+)?)$/.exec(text) ?? [];
  const of = names.find((known) => known === name);
  const least = Number(number);
  if (number === '' || of === undefined || least > 100) {
    throw new CliError(
      `--fail-under takes a path and a score from 0 to 100, such as technical=60, and was ${text}. Paths: ${names.join(', ')}.`,
      exitCodes.usage,
    );
  }
  return { of, least };
}

/** @returns sentences; what has no score has not reached any */
export function missed(
  { overall_score: overall, path_scores: paths }: Scores,
  thresholds: readonly Threshold[],
): string[] {
  return thresholds.flatMap(({ of, least }) => {
    const path = paths.find((one) => one.path === of);
    const score = of === 'overall' ? overall : (path?.overall_score ?? null);
    if (score !== null && score >= least) return [];
    if (score !== null) return [`${of} is ${score}, below ${least}`];
    const why = path?.reason === undefined ? '' : `: ${path.reason}`;
    return [`${of} has no score${why}, and ${least} was asked for`];
  });
}
