import { callAt, fullName } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import type { Detector } from './context.ts';

/** What looks at the nodes of one kind. Of calls most look at a few names only, so a call is asked for its name first. */
export class DetectorsOfKind {
  readonly #all: readonly Detector[];
  /** Those that look at a call of any name. */
  readonly #ofAnyName: readonly Detector[];
  readonly #callees: RegExp | null;
  readonly #methods: RegExp | null;

  constructor(detectors: readonly Detector[]) {
    this.#all = detectors;
    this.#ofAnyName = detectors.filter(
      ({ callee, method }) => callee === undefined && method === undefined,
    );
    this.#callees = anyOf(detectors.map(({ callee }) => callee));
    this.#methods = anyOf(detectors.map(({ method }) => method));
  }

  at(tree: SyntaxTree, node: number): readonly Detector[] {
    if (this.#callees === null && this.#methods === null) return this.#all;
    const kind = tree.kind(node);
    if (kind !== 'call' && kind !== 'new') return this.#all;
    const full = fullName(tree, node);
    const { name } = callAt(tree, node);
    if (this.#callees?.test(full) !== true && this.#methods?.test(name) !== true)
      return this.#ofAnyName;
    return this.#all.filter(
      ({ callee, method }) => callee?.test(full) !== false && method?.test(name) !== false,
    );
  }
}

function anyOf(patterns: readonly (RegExp | undefined)[]): RegExp | null {
  const sources = patterns.flatMap((pattern) => (pattern ? [`(?:${pattern.source})`] : []));
  return sources.length === 0 ? null : new RegExp(sources.join('|'));
}
