import type { FileFacts, SmellFacts } from '../../facts.ts';
import type { Analysis } from '../functions.ts';
import type { LanguageTable } from '../languages/language-table.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { commentSmells, handlerSmells } from './comment-smells.ts';
import { unitOf, type Context, type Detector, sourceHolds } from './context.ts';
import { correctnessDetectors } from './correctness.ts';
import { costDetectors } from './cost.ts';
import { defectDetectors } from './defects/all.ts';
import { findFallible } from './fallible.ts';
import { findGuards } from './guards.ts';
import { DetectorsOfKind } from './detectors-of-kind.ts';
import { findHandlers } from './handlers.ts';
import { hygieneDetectors } from './hygiene.ts';
import { findIdioms } from './idioms.ts';
import { shadowedBuiltins } from './names.ts';
import type { Rule } from './rule.ts';
import { rules } from './rules.ts';
import { securityDetectors } from './security.ts';

/** The part of a file's facts that rules find. */
export type PatternFacts = Pick<
  FileFacts,
  'fallible' | 'handlers' | 'guards' | 'smells' | 'idioms'
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
    fallible: findFallible(context),
    guards: findGuards(context),
    smells: findSmells(context),
    idioms: findIdioms(context),
  };
}

function findSmells(context: Context): SmellFacts[] {
  const found = [
    ...nodeSmells(context),
    ...commentSmells(context),
    ...handlerSmells(context),
    ...shadowedBuiltins(context),
  ];
  const owner = functionByLine(context);
  return found
    .map((smell) => ({ ...smell, function: smell.function ?? owner(smell.startLine) }))
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
  for (let node = 0; node < tree.size; node += 1) {
    // What did not parse is not judged.
    if (tree.isError(node)) node = tree.endOf(node) - 1;
    for (const detector of detectorsAt(node).at(tree, node)) {
      if (!detector.test(context, node)) continue;
      const { group, severity, message } = rules[detector.rule];
      const endLine = Math.min(tree.endLine(node), tree.startLine(node) + 20);
      const name = unitOf(context, node)?.name ?? null;
      found.push({
        rule: detector.rule,
        group,
        severity,
        message,
        function: name,
        startLine: tree.startLine(node),
        endLine,
      });
    }
  }
  return found;
}

/** Detectors for a node, by its kind or, when it is of none, by its type; without those that the file has nothing for. */
function detectorsFor(tree: SyntaxTree): (node: number) => DetectorsOfKind {
  const byKind = detectorsOf(tree.table);
  const inUse = new Map<string, DetectorsOfKind>();
  const isMet = ({ needs }: Detector) => needs === undefined || sourceHolds(tree, needs);
  return (node) => {
    const kind = tree.kind(node);
    // A keyword is of no kind, though it may be called like one.
    const key = kind ?? typeKeys.get(tree.type(node)) ?? '';
    let found = inUse.get(key);
    if (found === undefined)
      inUse.set(key, (found = new DetectorsOfKind(byKind.get(key)?.filter(isMet) ?? [])));
    return found;
  };
}

const detectors: readonly Detector[] = [
  ...correctnessDetectors,
  ...securityDetectors,
  ...costDetectors,
  ...hygieneDetectors,
  ...defectDetectors,
];

/** `type:pair` by `pair`. */
const typeKeys = new Map(
  detectors
    .flatMap(({ kinds }) => kinds)
    .filter((kind) => kind.startsWith('type:'))
    .map((kind) => [kind.slice('type:'.length), kind]),
);

const detectorsByTable = new WeakMap<LanguageTable, ReadonlyMap<string, Detector[]>>();

function detectorsOf(table: LanguageTable): ReadonlyMap<string, Detector[]> {
  const known = detectorsByTable.get(table) ?? collectDetectors(table);
  detectorsByTable.set(table, known);
  return known;
}

function collectDetectors({ language }: LanguageTable): ReadonlyMap<string, Detector[]> {
  const byKind = new Map<string, Detector[]>();
  for (const detector of detectors) {
    const { languages }: Rule = rules[detector.rule];
    if (languages !== undefined && !languages.includes(language)) continue;
    for (const kind of detector.kinds) byKind.set(kind, [...(byKind.get(kind) ?? []), detector]);
  }
  return byKind;
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
