import { scripts, type Rule } from './rule.ts';

/** Rules on scripts that run on a server, and on constants. */
export const scriptRules = {
  'prototype-pollution': {
    group: 'security',
    severity: 4,
    message: 'A key that is called `__proto__` changes every object of the program.',
    languages: scripts,
  },
  'nosql-injection': {
    group: 'security',
    severity: 4,
    message: 'A query takes over what a request sends, which may be an operator and not a value.',
    languages: scripts,
  },
  'reassigned-constant': {
    group: 'correctness',
    severity: 4,
    message: 'A constant is given another value: this throws.',
    languages: scripts,
  },
} as const satisfies Record<string, Rule>;
