import { scripts, type Rule } from './rule.ts';

/** Rules on what is lost, done twice or left half done. */
export const forgottenRules = {
  'failed-swap': {
    group: 'correctness',
    severity: 4,
    message:
      'Both names end up with the same value: the first one is lost before it is handed over.',
  },
  'redefined-method': {
    group: 'correctness',
    severity: 4,
    message: 'The class defines a method of this name again: the first one is lost.',
    languages: ['python', 'ruby', ...scripts],
  },
  'half-day': {
    group: 'correctness',
    severity: 3,
    message: 'The hours are counted to 12 and nothing tells the two halves of the day apart.',
    languages: ['php', 'java', 'csharp', 'python'],
  },
  'partial-transfer': {
    group: 'correctness',
    severity: 3,
    message: 'Only a part may have been read or written, and nobody looks at how much.',
    languages: ['rust', 'java', 'csharp'],
  },
  'raised-exception': {
    group: 'correctness',
    severity: 2,
    message: '`Exception` itself is raised, which a `rescue` without a class lets pass.',
    languages: ['ruby'],
  },
  'missing-address': {
    group: 'correctness',
    severity: 4,
    message: '`scanf` writes through a pointer: `&` is missing.',
    languages: ['cpp'],
  },
  'owned-twice': {
    group: 'correctness',
    severity: 5,
    message: 'Two owners that know nothing of each other both free the same object.',
    languages: ['cpp'],
  },
  'self-copy': {
    group: 'correctness',
    severity: 3,
    message: 'Assigned to itself, the object frees what it is about to copy.',
    languages: ['cpp'],
  },
  'unjoined-thread': {
    group: 'correctness',
    severity: 4,
    message: 'The thread is neither joined nor detached, which ends the program.',
    languages: ['cpp'],
  },
} as const satisfies Record<string, Rule>;
