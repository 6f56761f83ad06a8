import type { CommentFacts, FunctionAt } from '../../facts.ts';

/** Plain comments between a function's lines, found by halving: a file may have 20,000 of either. */
export function commentsWithin({ file, fn }: FunctionAt): CommentFacts[] {
  const { comments } = file;
  let low = 0;
  let high = comments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((comments[middle]?.startLine ?? 0) < fn.startLine) low = middle + 1;
    else high = middle;
  }
  const inside: CommentFacts[] = [];
  for (let at = low; (comments[at]?.startLine ?? Infinity) <= fn.endLine; at += 1) {
    const comment = comments[at];
    if (comment?.kind === 'comment' && comment.endLine <= fn.endLine) inside.push(comment);
  }
  return inside;
}
