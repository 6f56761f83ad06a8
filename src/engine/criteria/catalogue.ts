import type { PathName } from '../contract.ts';
import { decisions } from './collaboration/decisions.ts';
import { documentation } from './collaboration/documentation.ts';
import { readability } from './collaboration/readability.ts';
import { teamOrientation } from './collaboration/team-orientation.ts';
import { clarity } from './communication/clarity.ts';
import { documentationQuality } from './communication/documentation-quality.ts';
import { teaching } from './communication/teaching.ts';
import { technicalWriting } from './communication/technical-writing.ts';
import { abstraction } from './design/abstraction.ts';
import { boundaries } from './design/boundaries.ts';
import { cohesion } from './design/cohesion.ts';
import { coupling } from './design/coupling.ts';
import { interfaces } from './design/interfaces.ts';
import { modularity } from './design/modularity.ts';
import { organisation } from './design/organisation.ts';
import type { Criterion } from './criterion.ts';
import { adaptability } from './problem-solving/adaptability.ts';
import { analysis } from './problem-solving/analysis.ts';
import { approach } from './problem-solving/approach.ts';
import { debugging } from './problem-solving/debugging.ts';
import { algorithmicCost } from './technical/algorithmic-cost.ts';
import { complexity } from './technical/complexity.ts';
import { correctness } from './technical/correctness.ts';
import { duplication } from './technical/duplication.ts';
import { errorHandling } from './technical/error-handling.ts';
import { naming } from './technical/naming.ts';
import { security } from './technical/security.ts';
import { sizeAndShape } from './technical/size-and-shape.ts';
import { tests } from './technical/tests.ts';

export type CriterionCatalogue = Record<PathName, Record<string, Criterion>>;

/** Every criterion under its name on the wire. Weights, kinds and scales are the rubric's. */
export const criterionCatalogue: CriterionCatalogue = {
  technical: {
    complexity,
    size_and_shape: sizeAndShape,
    duplication,
    naming,
    correctness,
    error_handling: errorHandling,
    algorithmic_cost: algorithmicCost,
    tests,
    security,
  },
  design: { modularity, coupling, cohesion, abstraction, boundaries, interfaces, organisation },
  collaboration: {
    documentation,
    readability,
    decision_communication: decisions,
    team_orientation: teamOrientation,
  },
  problem_solving: { analysis, approach, debugging, adaptability },
  communication: {
    clarity,
    documentation_quality: documentationQuality,
    technical_writing: technicalWriting,
    teaching,
  },
};
