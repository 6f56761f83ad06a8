import type { Rule } from './rule.ts';

const scripts = ['javascript', 'typescript', 'tsx'] as const;

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
  'index-for-value': {
    group: 'correctness',
    severity: 4,
    message: '`in` asks for an index of the list, not for one of its values.',
    languages: scripts,
  },
  'first-only-replace': {
    group: 'security',
    severity: 4,
    message: 'A text is replaced only where it stands first: what comes after is not escaped.',
    languages: scripts,
  },
  'value-for-nobody': {
    group: 'correctness',
    severity: 4,
    message: '`forEach` leaves what its callback returns, and goes on.',
    languages: scripts,
  },
  'thrown-text': {
    group: 'correctness',
    severity: 3,
    message: 'What is thrown is no error and does not say where it came from.',
    languages: scripts,
  },
  'any-site-with-cookies': {
    group: 'security',
    severity: 4,
    message: 'Any site may send requests with the cookies of a visitor and read the answers.',
  },
  'cookie-for-scripts': {
    group: 'security',
    severity: 3,
    message: 'Every script of the page can read the cookie of the session.',
  },
  'empty-optional': {
    group: 'correctness',
    severity: 3,
    message: 'Nothing asks whether the Optional holds something before it is taken.',
    languages: ['java'],
  },
} as const satisfies Record<string, Rule>;
