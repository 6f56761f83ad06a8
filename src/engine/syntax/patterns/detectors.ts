import { callAt, fullName } from '../calls.ts';
import type { LanguageTable } from '../languages/language-table.ts';
import { memoize } from '../../memoize.ts';
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
  /** Whatever is called. */
  ofAnyName: readonly Detector[];
  /** Where something of a name that they know is called; of most calls none does. */
  named: readonly Detector[];
  knowCallee: (full: string) => readonly Detector[];
  knowMethod: (name: string) => readonly Detector[];
}

/** Nodes that anything looks at, and what did not parse. */
export const watchedNodes = nodesWhere((kind, type, table) => {
  const { ofAnyName, named } = groupOf(table, kind ?? `type:${type}`);
  return type === 'ERROR' || ofAnyName.length + named.length > 0;
});

/** What has to look at a node, by its kind or type, of a call its name, and what the file holds. */
export function detectorsFor(tree: SyntaxTree): (node: number) => readonly Detector[] {
  const isMet = ({ needs }: Detector): boolean => needs === undefined || sourceHolds(tree, needs);
  const met: (readonly Detector[] | undefined)[] = [];
  return (node) => {
    const group = groupAt(tree, node);
    const ofAnyName = (met[tree.typeNumber(node)] ??= group.ofAnyName.filter(isMet));
    if (group.named.length === 0) return ofAnyName;
    const ofCallee = group.knowCallee(fullName(tree, node));
    const ofMethod = group.knowMethod(callAt(tree, node).name);
    if (ofCallee.length === 0 && ofMethod.length === 0) return ofAnyName;
    const knowing = [
      ...ofCallee.filter((one) => one.method === undefined || ofMethod.includes(one)),
      ...ofMethod.filter(({ callee }) => callee === undefined),
    ];
    return [...ofAnyName, ...knowing.filter(isMet)];
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
  const isCalled = kind === 'call' || kind === 'new';
  const named = isCalled ? all.filter(({ callee, method }) => callee ?? method) : [];
  return {
    ofAnyName: all.filter((one) => !named.includes(one)),
    named,
    knowCallee: memoize((full) => named.filter(({ callee }) => callee?.test(full))),
    knowMethod: memoize((name) => named.filter(({ method }) => method?.test(name))),
  };
}
