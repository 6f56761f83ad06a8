import type { FullLanguage } from '../../facts.ts';
import type { SmellFacts } from '../../pattern-facts.ts';

/** The languages of scripts. */
export const scripts = ['javascript', 'typescript', 'tsx'] as const;

/** A rule that code can break. */
export interface Rule {
  group: SmellFacts['group'];
  /** 1 (nit) to 5 (dangerous); 0 is named and costs nothing. */
  severity: number;
  message: string;
  /** Left out: all languages. */
  languages?: readonly FullLanguage[];
}
