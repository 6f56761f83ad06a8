import { anyOf } from '../any-of.ts';
import { callAt, fullName } from '../calls.ts';
import type { LanguageTable } from '../languages/language-table.ts';
import { matching } from '../../memoize.ts';
import { nodesWhere } from '../nodes-where.ts';
import { oncePerType } from '../once-per-type.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { sourceHolds, type Detector } from './context.ts';
import { correctnessDetectors } from './correctness.ts';
import { costDetectors } from './cost.ts';
import { defectDetectors } from './defects/all.ts';
import { hygieneDetectors } from './hygiene.ts';
import type { Rule } from './rule.ts';
import { rules } from './rules.ts';
import { securityDetectors } from './security.ts';

const detectors: readonly Detector[] = [
  ...correctnessDetectors,
  ...securityDetectors,
  ...costDetectors,
  ...hygieneDetectors,
  ...defectDetectors,
];

/** What looks at the nodes of one kind. */
interface Group {
  all: readonly Detector[];
  /** Those that look at a node of any name. */
  ofAnyName: readonly Detector[];
  /** Whether one of them knows a name of what is called; of most calls none does. */
  knowsCallee: (full: string) => boolean;
  knowsMethod: (name: string) => boolean;
}

/** Nodes that anything looks at, and what did not parse. */
export const watchedNodes = nodesWhere(
  (kind, type, table) => type === 'ERROR' || groupOf(table, kind ?? `type:${type}`).all.length > 0,
);

/** What has to look at a node, by its kind or type, of a call its name, and what the file holds. */
export function detectorsFor(tree: SyntaxTree): (node: number) => readonly Detector[] {
  const isMet = ({ needs }: Detector): boolean => needs === undefined || sourceHolds(tree, needs);
  const met: (readonly Detector[] | undefined)[] = [];
  return (node) => {
    const group = groupAt(tree, node);
    const ofAnyName = (met[tree.typeNumber(node)] ??= group.ofAnyName.filter(isMet));
    if (!isCalled(tree.kind(node))) return ofAnyName;
    const full = fullName(tree, node);
    const { name } = callAt(tree, node);
    if (!group.knowsMethod(name) && !group.knowsCallee(full)) return ofAnyName;
    return group.all.filter(
      (one) => one.callee?.test(full) !== false && one.method?.test(name) !== false && isMet(one),
    );
  };
}

function isCalled(kind: string | undefined): boolean {
  return kind === 'call' || kind === 'new';
}

const groups = new WeakMap<LanguageTable, Map<string, Group>>();

/** A keyword is of no kind, though it may be called like one. */
const groupAt = oncePerType((tree, node) =>
  groupOf(tree.table, tree.kind(node) ?? `type:${tree.type(node)}`),
);

/** One for all types of a kind. */
function groupOf(table: LanguageTable, kind: string): Group {
  const known = groups.get(table) ?? new Map<string, Group>();
  groups.set(table, known);
  const group = known.get(kind) ?? makeGroup(table, kind);
  known.set(kind, group);
  return group;
}

function makeGroup({ language }: LanguageTable, kind: string): Group {
  const all = detectors.filter(({ rule, kinds }) => {
    const { languages }: Rule = rules[rule];
    const isSpoken = languages === undefined || languages.includes(language);
    return isSpoken && (kinds as readonly string[]).includes(kind);
  });
  return {
    all,
    ofAnyName: isCalled(kind)
      ? all.filter(({ callee, method }) => callee === undefined && method === undefined)
      : all,
    knowsCallee: matching(anyOf(all.flatMap(({ callee }) => callee ?? []))),
    knowsMethod: matching(anyOf(all.flatMap(({ method }) => method ?? []))),
  };
}
