/** Whose a kept answer or a cached entry is. Until there are accounts everybody is one owner. */
export const EVERYONE = 'everyone';
