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
