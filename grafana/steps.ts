/** Thresholds of panels whose alert is more than one number. */
import { colours } from './panel.ts';
import type { Threshold } from './plain.ts';
import { burnRates, objectives } from './thresholds.ts';

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

/** Of a burn rate: where the tickets and the pages about it begin. */
export const burnSteps: Threshold[] = [
  { value: null, color: colours.ok },
  ...burnRates.toReversed().map(({ factor, severity }) => ({
    value: factor,
    color: severity === 'critical' ? colours.critical : colours.warning,
  })),
];
