export const appealStatuses = ['open', 'upheld', 'rejected'] as const;
export type AppealStatus = (typeof appealStatuses)[number];
export const decisions = ['upheld', 'rejected'] as const;
export type Decision = (typeof decisions)[number];

/** Characters of a reason, and of a note. */
export const MAX_TEXT = 2000;
/** Of one assessment. */
export const MOST_APPEALS = 50;
