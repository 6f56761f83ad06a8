/** Whose a kept answer or a cached entry is, where it is nobody's own. */
export const EVERYONE = 'everyone';

/** Whose objects somebody may know of: their own; null: of all. */
export type Owner = string | null;
