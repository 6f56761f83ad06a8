/** What a PromQL expression asks for, by Prometheus' own grammar. */
import { parser } from '@prometheus-io/lezer-promql';

export interface Query {
  selectors: { metric: string | null; labels: string[] }[];
  /** Named in `by`, `without`, `on`, `ignoring` and `group_left`. */
  groupings: string[];
}

/** @throws {Error} with the place, when it is no PromQL */
export function readQuery(text: string): Query {
  const query: Query = { selectors: [], groupings: [] };
  let grouping = false;
  parser.parse(text).iterate({
    enter(node) {
      const source = text.slice(node.from, node.to);
      if (node.type.isError) {
        throw new Error(`No PromQL at ${node.from} ("${source}") of: ${text}`);
      }
      if (node.name === 'VectorSelector') query.selectors.push({ metric: null, labels: [] });
      if (node.name === 'GroupingLabels') grouping = true;
      const selector = query.selectors.at(-1);
      if (node.name === 'Identifier' && selector !== undefined) selector.metric = source;
      if (node.name !== 'LabelName') return;
      if (grouping) query.groupings.push(source);
      else selector?.labels.push(source);
    },
    leave(node) {
      if (node.name === 'GroupingLabels') grouping = false;
    },
  });
  return query;
}

export interface Comparison {
  operator: string;
  value: number;
  /** Whether the alert fires because nothing compares like this. */
  absent: boolean;
}

/**
 * The comparison that decides: of `a and b`, `a or b` and `a unless b` that of `a`, whose value is
 * also the alert's.
 *
 * @returns null when it compares with something else than a number
 */
export function readComparison(text: string): Comparison | null {
  let node = parser.parse(text).topNode.firstChild;
  let absent = false;
  while (node !== null) {
    if (node.name === 'FunctionCall' && node.getChild('FunctionIdentifier')?.getChild('Absent')) {
      absent = true;
      node = node.getChild('FunctionCallBody')?.firstChild ?? null;
      continue;
    }
    if (node.name !== 'BinaryExpr') return null;
    const operator = ['And', 'Or', 'Unless'].find((name) => node?.getChild(name));
    if (operator === undefined) break;
    node = node.firstChild;
  }
  const sign = ['Gtr', 'Lss', 'Gte', 'Lte', 'Eql', 'Neq'].flatMap(
    (name) => node?.getChild(name) ?? [],
  );
  const right = node?.lastChild;
  if (sign[0] === undefined || right?.name !== 'NumberDurationLiteral') return null;
  return {
    operator: text.slice(sign[0].from, sign[0].to),
    value: Number(text.slice(right.from, right.to)),
    absent,
  };
}
