import type { FileFacts } from '../../facts.ts';
import type { SmellFacts } from '../../pattern-facts.ts';
import type { Analysis } from '../functions.ts';
import { leaveOutComments } from '../join-lines.ts';
import { commentSmells, handlerSmells } from './comment-smells.ts';
import { unitOf, type Context } from './context.ts';
import { detectorsFor, watchedNodes } from './detectors.ts';
import { errorBoundaries } from './error-boundaries.ts';
import { caughtLines, findFallible } from './fallible.ts';
import { findGuards } from './guards.ts';
import { findHandlers } from './handlers.ts';
import { findIdioms } from './idioms.ts';
import { shadowedBuiltins } from './names.ts';
import { rules } from './rules.ts';

/** The part of a file's facts that rules find. */
export type PatternFacts = Pick<
  FileFacts,
  'fallible' | 'caughtLines' | 'handlers' | 'errorBoundaries' | 'guards' | 'smells' | 'idioms'
>;

export const noPatterns: PatternFacts = {
  fallible: [],
  handlers: [],
  guards: [],
  smells: [],
  idioms: [],
};

/** Findings kept per file. */
const smellLimit = 2_000;

/** Runs every pattern over one file. */
export function findPatterns(analysis: Analysis, file: FileFacts): PatternFacts {
  const handlers = findHandlers(analysis.tree);
  const context: Context = { ...analysis, file, handlers };
  return {
    handlers: handlers.map(({ node: _node, ...facts }) => facts),
    errorBoundaries: errorBoundaries(context),
    fallible: findFallible(context),
    caughtLines: caughtLines(context.tree),
    guards: findGuards(context),
    idioms: findIdioms(context),
    // Last, for it takes the comments out of the source.
    smells: findSmells(context),
  };
}

function findSmells(context: Context): SmellFacts[] {
  const told = [...commentSmells(context), ...handlerSmells(context), ...shadowedBuiltins(context)];
  leaveOutComments(context.tree);
  const found = [...nodeSmells(context), ...told];
  // Those of nodes know their function; of the others there are few.
  const owner = found.every((smell) => smell.function !== null) ? null : functionByLine(context);
  return found
    .map((smell) => ({ ...smell, function: smell.function ?? owner?.(smell.startLine) ?? null }))
    .sort((a, b) => a.startLine - b.startLine || (a.rule < b.rule ? -1 : 1))
    .filter(
      (smell, at, all) =>
        all[at - 1]?.rule !== smell.rule || all[at - 1]?.startLine !== smell.startLine,
    )
    .slice(0, smellLimit);
}

function nodeSmells(context: Context): SmellFacts[] {
  const { tree } = context;
  const detectorsAt = detectorsFor(tree);
  const found: SmellFacts[] = [];
  let broken = -1;
  for (const node of watchedNodes(tree)) {
    // What did not parse is not judged, apart from its end.
    if (node < broken - 1) continue;
    if (tree.isError(node)) broken = tree.endOf(node);
    for (const detector of detectorsAt(node)) {
      if (!detector.test(context, node)) continue;
      const { group, severity, message } = rules[detector.rule];
      const place = detector.place?.(context, node) ?? node;
      const endLine = Math.min(tree.endLine(place), tree.startLine(place) + 20);
      const name = unitOf(context, node)?.name ?? null;
      found.push({
        rule: detector.rule,
        group,
        severity,
        message,
        function: name,
        startLine: tree.startLine(place),
        endLine,
      });
    }
  }
  return found;
}

function functionByLine({ tree, units }: Context): (line: number) => string | null {
  const spans = units.list.map(({ node, name }) => ({
    name,
    start: tree.startLine(node),
    end: tree.endLine(node),
  }));
  const lines = spans.reduce((most, { end }) => Math.max(most, end), 0);
  const names: (string | null)[] = Array.from({ length: lines + 1 }, () => null);
  // Later units are inside earlier ones or after them, so the innermost name stays.
  for (const { name, start, end } of spans) names.fill(name, start, Math.min(end, start + 500) + 1);
  return (line) => names[line] ?? null;
}
