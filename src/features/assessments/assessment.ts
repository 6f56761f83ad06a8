import type { z } from 'zod';
import type { assessmentResultSchema } from './assessment-schemas.ts';

/** What is stored and answered: the engine's judgement with its identity. Names are the wire's. */
export type AssessmentResult = z.output<typeof assessmentResultSchema>;
