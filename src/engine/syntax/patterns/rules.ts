import type { Rule } from './rule.ts';
import { askedRules } from './rules-asked.ts';
import { defectRules } from './rules-defects.ts';
import { flowRules } from './rules-flow.ts';
import { forgottenRules } from './rules-forgotten.ts';
import { languageRules } from './rules-languages.ts';
import { lateRules } from './rules-late.ts';
import { orderRules } from './rules-order.ts';
import { scriptRules } from './rules-scripts.ts';
import { slipRules } from './rules-slips.ts';
import { typeRules } from './rules-types.ts';
import { valueRules } from './rules-values.ts';

/** Every rule by its id; ids are stable, since findings are compared across assessments by them. */
export const rules = {
  'empty-handler': {
    group: 'correctness',
    severity: 1,
    message: 'An error is caught and dropped.',
  },
  'swallowed-everything': {
    group: 'correctness',
    severity: 4,
    message: 'Every kind of error is caught and dropped without a word.',
  },
  'mutable-default': {
    group: 'correctness',
    severity: 4,
    message: 'A mutable default value is shared between all calls.',
    languages: ['python'],
  },
  'compare-to-none': {
    group: 'correctness',
    severity: 2,
    message: 'None is compared with == instead of is.',
    languages: ['python'],
  },
  'compare-to-nan': {
    group: 'correctness',
    severity: 4,
    message: 'NaN is equal to nothing, itself included: the comparison never holds.',
  },
  'is-literal': {
    group: 'correctness',
    severity: 3,
    message: 'Identity is compared with a literal: equality is meant.',
    languages: ['python'],
  },
  'string-identity': {
    group: 'correctness',
    severity: 4,
    message: 'Strings are compared by identity (==) instead of equals.',
    languages: ['java'],
  },
  'self-comparison': {
    group: 'correctness',
    severity: 4,
    message: 'A value is compared to itself.',
  },
  'self-assignment': {
    group: 'correctness',
    severity: 3,
    message: 'A value is assigned to itself.',
  },
  'unreachable-code': {
    group: 'correctness',
    severity: 3,
    message: 'The code after this jump can never run.',
  },
  'shadowed-builtin': {
    group: 'correctness',
    severity: 1,
    message: 'The name hides a built-in of the language.',
    languages: ['python', 'go', 'javascript', 'typescript', 'tsx'],
  },
  'unclosed-resource': {
    group: 'correctness',
    severity: 3,
    message: 'A resource is opened and not closed on every way out.',
  },
  'ignored-error': {
    group: 'correctness',
    severity: 3,
    message: 'A returned error is thrown away.',
    languages: ['go', 'rust', 'cpp', 'java'],
  },
  'assignment-in-condition': {
    group: 'correctness',
    severity: 4,
    message: 'A condition assigns a literal where a comparison is meant.',
  },
  'off-by-one': {
    group: 'correctness',
    severity: 4,
    message: 'The loop runs one step past the end of what it indexes.',
  },
  'panicking-unwrap': {
    group: 'correctness',
    severity: 1,
    message: 'unwrap turns an expected failure into a crash.',
    languages: ['rust'],
  },

  'dynamic-code': {
    group: 'security',
    severity: 4,
    message: 'Text that is not constant is run as code.',
  },
  'shell-command': {
    group: 'security',
    severity: 4,
    message: 'A shell command is built from values.',
  },
  'sql-injection': {
    group: 'security',
    severity: 5,
    message: 'SQL is built from values instead of parameters.',
  },
  'html-injection': {
    group: 'security',
    severity: 3,
    message: 'Markup is built from values without escaping.',
  },
  'unsafe-deserialisation': {
    group: 'security',
    severity: 4,
    message: 'Data is turned into objects in a way that can run code.',
  },
  'tls-verification-off': {
    group: 'security',
    severity: 4,
    message: 'The other side of a TLS connection is not verified.',
  },
  'weak-password-hash': {
    group: 'security',
    severity: 4,
    message: 'A fast, broken hash guards a secret.',
  },
  'predictable-token': {
    group: 'security',
    severity: 4,
    message: 'A secret is drawn from a predictable source of randomness.',
  },
  'hard-coded-secret': {
    group: 'security',
    severity: 4,
    message: 'A credential is written into the code.',
  },
  'live-secret': {
    group: 'security',
    severity: 5,
    message: 'A key of a known provider is written into the code.',
  },

  'list-search-in-loop': {
    group: 'cost',
    severity: 2,
    message:
      'A list is searched from its start on every turn of a loop; a set or map answers at once.',
  },
  'string-append-in-loop': {
    group: 'cost',
    severity: 2,
    message: 'A string is copied on every turn of a loop to append to it.',
    languages: ['python', 'java', 'csharp', 'go', 'ruby'],
  },
  'sort-in-loop': {
    group: 'cost',
    severity: 3,
    message: 'The same data is sorted on every turn of a loop.',
  },
  'query-in-loop': {
    group: 'cost',
    severity: 3,
    message: 'A query is sent on every turn of a loop.',
  },
  'regex-in-loop': {
    group: 'cost',
    severity: 1,
    message: 'A constant pattern is compiled on every turn of a loop.',
  },
  'unmemoised-recursion': {
    group: 'cost',
    severity: 3,
    message: 'The recursion solves the same parts again and again (exponential time).',
  },

  'commented-out-code': {
    group: 'hygiene',
    severity: 1,
    message: 'Code is left as a comment; history keeps it better.',
  },
  'debug-output': {
    group: 'hygiene',
    severity: 1,
    message: 'Output for debugging is left in code that is not a command-line program.',
  },
  'debugger-left': {
    group: 'hygiene',
    severity: 3,
    message: 'A call for debugging is left in the code.',
  },
  'absolute-home-path': {
    group: 'hygiene',
    severity: 2,
    message: "A path of one person's machine is written into the code.",
  },
  'todo-without-owner': {
    group: 'hygiene',
    // To delete the comment would leave the work undone, and must not pay.
    severity: 0,
    message: 'A to-do names neither an owner nor an issue.',
  },
  ...defectRules,
  ...languageRules,
  ...orderRules,
  ...typeRules,
  ...scriptRules,
  ...slipRules,
  ...flowRules,
  ...lateRules,
  ...valueRules,
  ...askedRules,
  ...forgottenRules,
} satisfies Record<string, Rule>;

export type RuleId = keyof typeof rules;
