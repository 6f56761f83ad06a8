/** Whose a kept answer is. Until there are accounts everybody is one owner. */
export const EVERYONE = 'everyone';
