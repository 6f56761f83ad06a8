import { scripts, type Rule } from './rule.ts';

/** Rules on what comes too late, in the wrong number, or without what has to follow. */
export const orderRules = {
  'format-arguments': {
    group: 'correctness',
    severity: 4,
    message: 'The format has not as many places as there are values.',
    languages: ['python', 'go', 'cpp', 'php', 'java', 'csharp'],
  },
  'close-before-check': {
    group: 'correctness',
    severity: 4,
    message:
      'It is closed before the error is looked at: where opening failed there is nothing to close.',
    languages: ['go'],
  },
  'dropped-failure': {
    group: 'correctness',
    severity: 4,
    message: 'The function says that all is well where something has failed.',
    languages: ['go'],
  },
  'ineffective-break': {
    group: 'correctness',
    severity: 4,
    message: 'The `break` leaves the `select` and not the loop around it, which never ends.',
    languages: ['go'],
  },
  'overwritten-error': {
    group: 'correctness',
    severity: 4,
    message: 'The next statement overwrites the error before anyone looks at it.',
    languages: ['go'],
  },
  'unreachable-handler': {
    group: 'correctness',
    severity: 4,
    message: 'A handler above catches this error, too: this one never runs.',
    languages: ['python', 'php', 'ruby'],
  },
  'redirect-goes-on': {
    group: 'security',
    severity: 4,
    message: 'The redirect does not end the request: what follows runs for everybody.',
    languages: ['php'],
  },
  'null-for-optional': {
    group: 'correctness',
    severity: 4,
    message: 'An Optional that is null fails where the caller asks it.',
    languages: ['java'],
  },
  'wait-without-loop': {
    group: 'correctness',
    severity: 3,
    message: 'A wait may end for no reason: its condition has to be asked again in a loop.',
    languages: ['java'],
  },
  'blocking-on-task': {
    group: 'correctness',
    severity: 3,
    message: 'The thread waits for a task that may need this thread to go on.',
    languages: ['csharp'],
  },
  'empty-range': {
    group: 'correctness',
    severity: 4,
    message: 'The range starts above its end: there is nothing in it.',
    languages: ['rust'],
  },
  'unsigned-test': {
    group: 'correctness',
    severity: 4,
    message:
      'A number without a sign is never below zero: the condition has always the same answer.',
    languages: ['rust', 'cpp', 'go'],
  },
  'hole-in-list': {
    group: 'correctness',
    severity: 3,
    message: '`delete` leaves a hole in the list, which keeps its length.',
    languages: scripts,
  },
  'reduce-of-nothing': {
    group: 'correctness',
    severity: 3,
    message: 'Where the filter leaves nothing, `reduce` without a first value throws.',
    languages: scripts,
  },
  'forgotten-first': {
    group: 'correctness',
    severity: 4,
    message: 'The first element stands at 0 and counts as not found.',
    languages: [...scripts, 'java', 'csharp'],
  },
} satisfies Record<string, Rule>;
