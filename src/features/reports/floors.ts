import type { PathName } from '../../engine/contract.ts';
import { loadRubric, rubricVersions } from '../../engine/rubric.ts';

const paths = new Map(
  rubricVersions.map((version) => [version as string, loadRubric(version)?.data.paths] as const),
);

/** What a path counts in the overall score at least, by the rubric that judged; null where there is no such bound. */
export function floorOf(rubricVersion: string, path: PathName): number | null {
  return paths.get(rubricVersion)?.[path].floor?.value ?? null;
}
