/** Whose a kept answer or a cached entry is, where it is nobody's own. */
export const EVERYONE = 'everyone';
