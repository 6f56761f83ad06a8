/** Thresholds of panels whose alert is more than one number. */
import { colours } from './panels.ts';
import type { Threshold } from './plain.ts';

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
