import { scripts, type Rule } from './rule.ts';

/** Rules on what is owned, shared between threads, compared or left running. */
export const flowRules = {
  'unchecked-allocation': {
    group: 'correctness',
    severity: 3,
    message:
      'What may be NULL (an allocation, an opened file) is used before anyone has checked it.',
    languages: ['cpp'],
  },
  'character-for-end': {
    group: 'correctness',
    severity: 4,
    message:
      'A `char` cannot hold EOF: the end of the file is taken for a letter, or the other way round.',
    languages: ['cpp'],
  },
  'read-after-move': {
    group: 'correctness',
    severity: 4,
    message: 'The value is used after it was moved away.',
    languages: ['cpp'],
  },
  'copied-owner': {
    group: 'correctness',
    severity: 4,
    message:
      'A copy of the object owns the same memory, which is then freed twice: there is no copy constructor.',
    languages: ['cpp'],
  },
  'needless-copy': {
    group: 'cost',
    severity: 1,
    message: 'Each element is copied though it is only read: a reference is enough.',
    languages: ['cpp'],
  },
  'unguarded-write': {
    group: 'correctness',
    severity: 4,
    message: 'Goroutines write to the same variable without a lock: a data race.',
    languages: ['go'],
  },
  'stuck-sender': {
    group: 'correctness',
    severity: 3,
    message:
      'When nobody receives any more, the goroutine is stuck in sending to the unbuffered channel for ever.',
    languages: ['go'],
  },
  'shadowed-error': {
    group: 'correctness',
    severity: 4,
    message: 'The error of the inner scope shadows the one that is looked at later: it is lost.',
    languages: ['go'],
  },
  'lock-over-await': {
    group: 'correctness',
    severity: 4,
    message:
      'A lock is held over an `await`: others that want it block a whole thread or for ever.',
    languages: ['rust'],
  },
  'timing-unsafe-comparison': {
    group: 'security',
    severity: 3,
    message:
      'A signature is compared letter by letter: the time that it takes tells how much was right.',
  },
  'stripped-letters': {
    group: 'correctness',
    severity: 4,
    message: 'The letters are stripped one by one in any order, not the text as a whole.',
    languages: ['python', 'go', 'php', 'csharp'],
  },
  'missing-timeout': {
    group: 'correctness',
    severity: 2,
    message: 'The request has no timeout: it may wait for ever.',
    languages: ['python', 'go'],
  },
  'client-per-call': {
    group: 'cost',
    severity: 3,
    message:
      'A new HttpClient for each call uses up the sockets of the machine: one is to be shared.',
    languages: ['csharp'],
  },
  'unchecked-cast': {
    group: 'correctness',
    severity: 3,
    message: '`as` gives null where the type is another one, and nobody asks.',
    languages: ['csharp'],
  },
  'unchecked-find': {
    group: 'correctness',
    severity: 3,
    message: 'The search may find nothing (null), and nobody asks before what it found is used.',
    languages: [...scripts, 'csharp'],
  },
  'month-from-zero': {
    group: 'correctness',
    severity: 4,
    message: 'Months are counted from 0: this one is off by one.',
    languages: [...scripts, 'java'],
  },
  'lost-this': {
    group: 'correctness',
    severity: 4,
    message:
      '`this` is another one in a callback that is a `function`: an arrow function keeps it.',
    languages: scripts,
  },
  'effect-without-cleanup': {
    group: 'correctness',
    severity: 3,
    message: 'The timer or listener is never removed: a clean-up is missing.',
    languages: [...scripts, 'csharp'],
  },
  'blocking-in-handler': {
    group: 'cost',
    severity: 2,
    message: 'A synchronous (blocking) call in a request handler stops all other requests.',
    languages: scripts,
  },
  'removed-from-front': {
    group: 'cost',
    severity: 2,
    message:
      'Taking from or putting at the front of a list moves all the rest on every turn of the loop: quadratic time.',
    languages: ['python', 'rust', 'java', 'csharp'],
  },
  'changed-argument': {
    group: 'correctness',
    severity: 2,
    message: 'The list of the caller is sorted in place, though the result is what is taken.',
    languages: scripts,
  },
} as const satisfies Record<string, Rule>;
