import { readFileSync } from 'node:fs';

/** A small, well-known mistake, and the same code without it. */
export interface Defect {
  rule: string;
  path: string;
  /** 1-based line of the mistake. */
  line: number;
  defect: string[];
  mended: string[];
}

const file = new URL('../fixtures/engine-cases/defects.json', import.meta.url);

export const defects = JSON.parse(readFileSync(file, 'utf8')) as Defect[];
