import { threshold } from '../../rubric.ts';
import { ownFiles } from '../../submission/functions-in-use.ts';
import { count, notApplicable, type Criterion, type Observation } from '../criterion.ts';

/** Files that need each other, and files that everything needs and that need everything. */
export const coupling: Criterion = ({ submission, rubric }) => {
  const { code, dependencies, functions } = submission;
  if (
    ownFiles(submission) < 2 ||
    functions.length < threshold(rubric, 'design_minimum_functions')
  ) {
    return notApplicable('one file: nothing to couple');
  }
  const cycles = dependencies.cycles.map((cycle): Observation => ({
    rule: 'dependency_cycle',
    type: 'coupling',
    source: 'code',
    file: cycle[0] ?? null,
    startLine: 1,
    endLine: 1,
    message: `These files need each other: ${chain(cycle)}.`,
    advice: `Break the cycle ${chain(cycle)}: move what both sides need into a third file`,
    amount: threshold(rubric, 'cycle_cost'),
    unit: cycle[0] ?? '',
    metadata: { files: cycle.length },
  }));
  const limit = Math.max(
    threshold(rubric, 'god_module_minimum_edges'),
    code.length * threshold(rubric, 'god_module_share'),
  );
  const gods = code.flatMap((file): Observation[] => {
    const out = dependencies.uses.get(file.path)?.size ?? 0;
    const into = dependencies.usedBy.get(file.path)?.size ?? 0;
    if (out < limit || into < limit) return [];
    return [
      {
        rule: 'god_module',
        type: 'coupling',
        source: 'code',
        file: file.path,
        startLine: 1,
        endLine: 1,
        message: `${file.path} is used by ${into} files and uses ${out}: every change passes through it.`,
        advice: `Split ${file.path} along its users`,
        amount: threshold(rubric, 'god_module_cost'),
        unit: file.path,
        metadata: { fan_in: into, fan_out: out },
      },
    ];
  });
  const edges = [...dependencies.uses.values()].reduce((total, targets) => total + targets.size, 0);
  return {
    applicable: true,
    sample: { n: code.length, unit: 'files' },
    observations: [...cycles, ...gods],
    summary: `${count(edges, 'dependency')} between ${code.length} files, ${count(cycles.length, 'cycle')}.`,
  };
};

function chain(cycle: readonly string[]): string {
  const shown = cycle.slice(0, 5);
  return [...shown, ...(cycle.length > 5 ? ['…'] : []), cycle[0] ?? ''].join(' → ');
}
