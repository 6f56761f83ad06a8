import { scripts, type Rule } from './rule.ts';

/** Rules on values that are of another type than they are taken for, and on values that nobody gets. */
export const typeRules = {
  'unthrown-error': {
    group: 'correctness',
    severity: 4,
    message: 'The error is made and dropped: nobody throws it.',
    languages: [...scripts, 'python', 'java', 'csharp', 'php'],
  },
  'text-for-tuple': {
    group: 'correctness',
    severity: 4,
    message: 'Brackets around one text make no tuple: any part of the text is in it.',
    languages: ['python'],
  },
  'given-from-init': {
    group: 'correctness',
    severity: 4,
    message: '`__init__` must give nothing: the call fails.',
    languages: ['python'],
  },
  'getter-without-value': {
    group: 'correctness',
    severity: 4,
    message: 'The getter gives nothing.',
    languages: scripts,
  },
  'text-of-number': {
    group: 'correctness',
    severity: 4,
    message: 'This is the character of that code, and not the digits of the number.',
    languages: ['go'],
  },
  'bare-duration': {
    group: 'correctness',
    severity: 4,
    message: 'A duration without a unit is one in nanoseconds.',
    languages: ['go'],
  },
  'busy-loop': {
    group: 'correctness',
    severity: 3,
    message: 'The loop asks again at once and takes a whole processor while it waits.',
    languages: ['go'],
  },
  'erased-value': {
    group: 'correctness',
    severity: 3,
    message: 'Whatever the value is, the result is 0.',
    languages: ['java', 'csharp', 'cpp', 'go', 'rust', 'php', ...scripts],
  },
  'unrelated-equals': {
    group: 'correctness',
    severity: 4,
    message: 'Values of these two types are never equal.',
    languages: ['java'],
  },
  'character-as-size': {
    group: 'correctness',
    severity: 4,
    message: 'The character is taken for a number, the size of an empty text.',
    languages: ['java'],
  },
} satisfies Record<string, Rule>;
