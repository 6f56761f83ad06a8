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
  /** Whether one of them knows a name of what is called; of most calls none does. */
  knowsCallee: (full: string) => boolean;
  knowsMethod: (name: string) => boolean;
}

/** Those of a group that the file has something for. */
interface Met extends Group {
  /** Those that look at a call of any name. */
  ofAnyName: readonly Detector[];
}

/** Nodes that anything looks at, and what did not parse. */
export const watchedNodes = nodesWhere(
  (kind, type, table) => type === 'ERROR' || groupOf(table, kind ?? `type:${type}`).all.length > 0,
);

/** What has to look at a node, by its kind or type, what the file holds and, of a call, its name. */
export function detectorsFor(tree: SyntaxTree): (node: number) => readonly Detector[] {
  const met: (Met | undefined)[] = [];
  return (node) => {
    const found = (met[tree.typeNumber(node)] ??= metBy(tree, groupAt(tree, node)));
    const kind = tree.kind(node);
    if (kind !== 'call' && kind !== 'new') return found.all;
    const full = fullName(tree, node);
    const { name } = callAt(tree, node);
    if (!found.knowsMethod(name) && !found.knowsCallee(full)) return found.ofAnyName;
    return found.all.filter(
      ({ callee, method }) => callee?.test(full) !== false && method?.test(name) !== false,
    );
  };
}

function metBy(tree: SyntaxTree, group: Group): Met {
  const all = group.all.filter(({ needs }) => needs === undefined || sourceHolds(tree, needs));
  return {
    ...group,
    all,
    ofAnyName: all.filter(({ callee, method }) => callee === undefined && method === undefined),
  };
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
    knowsCallee: matching(anyOf(all.flatMap(({ callee }) => callee ?? []))),
    knowsMethod: matching(anyOf(all.flatMap(({ method }) => method ?? []))),
  };
}
