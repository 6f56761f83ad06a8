import { scripts, type Rule } from './rule.ts';

/** Rules on values that are cut, narrowed or compared by something else than what they stand for. */
export const valueRules = {
  'cut-character': {
    group: 'correctness',
    severity: 3,
    message: 'The text is cut by bytes: a character of several bytes may be cut in two.',
    languages: ['go', 'rust', 'php'],
  },
  'narrowed-value': {
    group: 'correctness',
    severity: 3,
    message: 'A number is cut down to a smaller type, and nobody asks whether it fits.',
    languages: ['rust', 'go', 'java', 'csharp', 'cpp'],
  },
  'index-below-zero': {
    group: 'correctness',
    severity: 4,
    message: 'The loop starts at 0, and its first turn takes an index below that.',
    languages: ['java', 'csharp', 'go', 'rust', 'cpp'],
  },
  'size-below-zero': {
    group: 'correctness',
    severity: 2,
    message: 'Of an empty list `size() - 1` is no -1 but a huge number: the size has no sign.',
    languages: ['cpp'],
  },
  'unordered-number': {
    group: 'correctness',
    severity: 2,
    message: '`partial_cmp` has no answer for NaN: this panics where one is among the numbers.',
    languages: ['rust'],
  },
  'whole-start': {
    group: 'correctness',
    severity: 4,
    message: 'The sum starts as an `int`: the fraction of each number is cut off.',
    languages: ['cpp'],
  },
  'moment-identity': {
    group: 'correctness',
    severity: 3,
    message: 'Times are compared with their zone and clock: `Equal` compares the moments.',
    languages: ['go'],
  },
  'value-identity': {
    group: 'correctness',
    severity: 4,
    message: 'Values are compared by identity (==) instead of equals.',
    languages: ['java'],
  },
  'subtracted-order': {
    group: 'correctness',
    severity: 3,
    message:
      'The difference of two numbers may overflow, or lose its fraction, and then misorders.',
    languages: ['java', 'csharp'],
  },
  'repeated-order': {
    group: 'correctness',
    severity: 3,
    message: 'The second `OrderBy` sorts anew: `ThenBy` orders within the first.',
    languages: ['csharp'],
  },
  'index-as-key': {
    group: 'correctness',
    severity: 2,
    message:
      'The key is the place in the list: after a removal or sorting it means another element.',
    languages: scripts,
  },
  'missing-dependency': {
    group: 'correctness',
    severity: 3,
    message: 'The callback goes on with an old value: a name it reads is no dependency.',
    languages: scripts,
  },
  'unkept-lock': {
    group: 'correctness',
    severity: 4,
    message: 'The lock is given back at once: nothing keeps it to the end of the block.',
    languages: ['cpp', 'rust'],
  },
  'thrown-pointer': {
    group: 'correctness',
    severity: 3,
    message: 'A pointer is thrown: no handler for the exception itself catches it.',
    languages: ['cpp'],
  },
  'open-macro': {
    group: 'correctness',
    severity: 3,
    message:
      'The macro has no brackets around its parameters or its whole: a sum falls apart in it.',
    languages: ['cpp'],
  },
} as const satisfies Record<string, Rule>;
