/** Thresholds of panels whose alert is more than one number. */
import { colours } from './panel.ts';
import type { Threshold } from './plain.ts';
import { objectives } from './thresholds.ts';

/** Red below an objective. */
export function objectiveSteps(objective: number): Threshold[] {
  return [
    { value: null, color: colours.critical },
    { value: objective, color: colours.ok },
  ];
}

/** Of a budget: spent, nearly spent, fine. */
export const remainingSteps: Threshold[] = [
  { value: null, color: colours.critical },
  { value: 0, color: colours.warning },
  { value: 0.25, color: colours.ok },
];

/** The objective of reads, which a single request may miss. */
export const latencySteps: Threshold[] = [
  { value: null, color: colours.ok },
  { value: objectives.read.seconds, color: colours.warning },
];
