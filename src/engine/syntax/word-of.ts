import { oncePerNode } from './once-per-node.ts';

/** The text of a name, made once: sets and maps of five walks ask for it, and a text knows its hash from then on. */
export const wordOf = oncePerNode((tree, node) => tree.text(node));
