/** Keeps label values within their sets, whatever a caller passes. */

/** The values themselves, or how many different ones a label may take. */
type LabelSpec = readonly string[] | { readonly max: number };
export type LabelSpecs = Record<string, LabelSpec>;

export type LabelValues<L extends LabelSpecs> = {
  [K in keyof L]: L[K] extends readonly (infer V extends string)[] ? V : string;
};

/** A label whose values are known to be few but not by name, such as a route's template. */
export function bounded(max: number): { readonly max: number } {
  return { max };
}

/** Takes the place of values beyond the set. */
const OTHER = 'other';

export interface LabelGuard<L extends LabelSpecs> {
  /** The same labels with values outside their set replaced; each replacement is counted. */
  fold(labels: LabelValues<L>): Record<string, string>;
  /** The given labels with every combination of the closed ones that are left out; none when a bounded one is. */
  combinations(given: Partial<LabelValues<L>>): Record<string, string>[];
}

export function createLabelGuard<L extends LabelSpecs>(
  spec: { name: string; labels?: L },
  onOverflow: (metric: string) => void,
): LabelGuard<L> {
  const specs: [string, LabelSpec][] = Object.entries(spec.labels ?? {});
  const sets = specs.map(([label, values]) => {
    const closed = 'max' in values ? null : values;
    return {
      label,
      known: new Set<string>(closed ?? []),
      closed,
      max: 'max' in values ? values.max : 0,
    };
  });

  const within = ({ known, closed, max }: (typeof sets)[number], value: string) => {
    if (!known.has(value) && closed === null && known.size < max) known.add(value);
    if (known.has(value)) return value;
    onOverflow(spec.name);
    return OTHER;
  };

  return {
    fold(labels) {
      const folded: Record<string, string> = {};
      for (const set of sets) {
        folded[set.label] = within(set, (labels as Record<string, string>)[set.label] ?? '');
      }
      return folded;
    },
    combinations(given) {
      let combinations: Record<string, string>[] = [{}];
      for (const set of sets) {
        const value = (given as Record<string, string | undefined>)[set.label];
        const values = value === undefined ? (set.closed ?? []) : [within(set, value)];
        combinations = combinations.flatMap((labels) =>
          values.map((each) => ({ ...labels, [set.label]: each })),
        );
      }
      return combinations;
    },
  };
}
