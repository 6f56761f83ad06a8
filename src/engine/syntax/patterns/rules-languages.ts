import type { Rule } from './rule.ts';

const scripts = ['javascript', 'typescript', 'tsx'] as const;

/** Rules on mistakes of one language or one kind of program, and on what an attacker can use. */
export const languageRules = {
  'boxed-identity': {
    group: 'correctness',
    severity: 4,
    message: 'Boxed numbers are compared by identity: beyond 127 equal ones differ.',
    languages: ['java'],
  },
  'array-equality': {
    group: 'correctness',
    severity: 4,
    message: 'Arrays are compared or shown by identity, not by what they hold.',
    languages: ['java'],
  },
  'equals-without-hash': {
    group: 'correctness',
    severity: 4,
    message: 'Equal objects get different hashes: sets and maps lose them.',
    languages: ['java', 'csharp', 'rust'],
  },
  'equals-overload': {
    group: 'correctness',
    severity: 4,
    message: '`equals` takes its own type: collections call the one of Object.',
    languages: ['java'],
  },
  'lost-cause': {
    group: 'correctness',
    severity: 2,
    message: 'The error is thrown on without where it came from.',
    languages: ['java', 'csharp'],
  },
  'leaves-in-finally': {
    group: 'correctness',
    severity: 4,
    message: 'Leaving a finally block drops the error that was on its way.',
    languages: [...scripts, 'java', 'python', 'csharp', 'ruby', 'php'],
  },
  'double-checked-locking': {
    group: 'correctness',
    severity: 4,
    message: 'Without `volatile` another thread may see the object half made.',
    languages: ['java'],
  },
  'shared-lock': {
    group: 'correctness',
    severity: 3,
    message: 'The lock is an object that others can lock, too.',
    languages: ['java', 'csharp'],
  },
  'thread-run': {
    group: 'correctness',
    severity: 4,
    message: '`run` works in this thread; `start` makes a new one.',
    languages: ['java'],
  },
  'decimal-from-float': {
    group: 'correctness',
    severity: 3,
    message: 'The fraction is rounded before the decimal is made.',
    languages: ['java'],
  },
  'absolute-of-any': {
    group: 'correctness',
    severity: 3,
    message: 'The smallest whole number has no absolute value: the result may be negative.',
    languages: ['java'],
  },
  'caught-null-pointer': {
    group: 'correctness',
    severity: 2,
    message: 'A mistake of the program is caught instead of avoided.',
    languages: ['java', 'csharp'],
  },
  'shared-date-format': {
    group: 'correctness',
    severity: 3,
    message: 'Threads spoil each other a shared SimpleDateFormat.',
    languages: ['java'],
  },
  'random-in-loop': {
    group: 'correctness',
    severity: 2,
    message: 'A new source of randomness on every turn may repeat the numbers of the last.',
    languages: ['java', 'csharp'],
  },
  'fall-through': {
    group: 'correctness',
    severity: 3,
    message: 'A case runs on into the next one: `break` is missing.',
  },
  'identity-of-literal': {
    group: 'correctness',
    severity: 4,
    message: 'Pointers are compared, not the texts.',
    languages: ['cpp'],
  },
  'lock-not-released': {
    group: 'correctness',
    severity: 4,
    message: 'A lock is taken and not given back on every way out.',
  },
  'answered-twice': {
    group: 'correctness',
    severity: 4,
    message:
      'After an answer with an error the handler goes on and answers again: `return` is missing.',
    languages: [...scripts, 'go'],
  },
  'copied-lock': {
    group: 'correctness',
    severity: 4,
    message: 'A lock is copied: each copy locks for itself.',
    languages: ['go'],
  },
  'nil-map-write': {
    group: 'correctness',
    severity: 4,
    message: 'Writing into a map that was never made panics.',
    languages: ['go'],
  },
  'lost-cancel': {
    group: 'correctness',
    severity: 3,
    message: 'The context can never be cancelled: its timer and goroutine stay.',
    languages: ['go'],
  },
  'changed-copy': {
    group: 'correctness',
    severity: 4,
    message: 'The loop changes a copy of the element.',
    languages: ['go'],
  },
  'bare-except': {
    group: 'correctness',
    severity: 3,
    message: 'Every error is caught here, also exits and interrupts.',
    languages: ['python', 'ruby'],
  },
  'wrong-except': {
    group: 'correctness',
    severity: 4,
    message: 'Only the first of these errors is caught.',
    languages: ['python'],
  },
  'call-in-default': {
    group: 'correctness',
    severity: 4,
    message: 'The default is computed once, when the function is made.',
    languages: ['python'],
  },
  'assert-on-tuple': {
    group: 'correctness',
    severity: 4,
    message: 'A tuple is always true: the assertion never fails.',
    languages: ['python'],
  },
  'raised-constant': {
    group: 'correctness',
    severity: 4,
    message: 'What is raised is no error.',
    languages: ['python'],
  },
  'missing-self': {
    group: 'correctness',
    severity: 4,
    message: 'The method takes no `self`: calling it on an object fails.',
    languages: ['python'],
  },
  'shared-class-attribute': {
    group: 'correctness',
    severity: 3,
    message: 'All objects of the class share and change one list.',
    languages: ['python'],
  },
  'insecure-temp-file': {
    group: 'security',
    severity: 3,
    message: 'Another program can take the temporary name first.',
  },
  'debug-mode': {
    group: 'security',
    severity: 3,
    message: 'The debugger of the web framework lets visitors run code.',
    languages: ['python'],
  },
  'world-writable': {
    group: 'security',
    severity: 3,
    message: 'Anyone on the machine may change the file.',
  },
  'loose-comparison': {
    group: 'correctness',
    severity: 4,
    message: 'A loose comparison takes unequal values for equal.',
    languages: ['php'],
  },
  'loose-equality': {
    group: 'correctness',
    severity: 2,
    message: 'A loose comparison converts before it compares.',
    languages: scripts,
  },
  'unanchored-check': {
    group: 'security',
    severity: 3,
    message: 'The check takes any text that holds a good part somewhere.',
  },
  'catastrophic-pattern': {
    group: 'security',
    severity: 3,
    message: 'Each more letter can double the time that this pattern takes.',
  },
  'dangling-reference': {
    group: 'correctness',
    severity: 4,
    message: 'The reference still points at the last element when the name is used again.',
    languages: ['php'],
  },
  'ignored-callback-error': {
    group: 'correctness',
    severity: 3,
    message: 'The callback goes on without a look at its error.',
    languages: scripts,
  },
  'swallowed-interrupt': {
    group: 'correctness',
    severity: 3,
    message: 'The request to stop is dropped.',
    languages: ['java'],
  },
  'path-from-request': {
    group: 'security',
    severity: 4,
    message: 'A path from a request is opened: `../` reaches any file.',
  },
  'open-redirect': {
    group: 'security',
    severity: 3,
    message: 'The visitor is sent wherever the request says.',
  },
  'request-forgery': {
    group: 'security',
    severity: 4,
    message: 'The server fetches whatever address the request names.',
  },
  'dynamic-dispatch': {
    group: 'security',
    severity: 4,
    message: 'A request chooses what is called or which names are set.',
  },
  'mass-assignment': {
    group: 'security',
    severity: 3,
    message: 'All fields of a request are taken over unseen.',
    languages: ['ruby'],
  },
  'weak-cipher': { group: 'security', severity: 4, message: 'The cipher or its mode is broken.' },
  'unverified-token': {
    group: 'security',
    severity: 4,
    message: 'The signature of the token is not checked.',
  },
  'external-entities': {
    group: 'security',
    severity: 3,
    message: 'The XML parser follows entities to files and addresses.',
  },
  'archive-extraction': {
    group: 'security',
    severity: 2,
    message: 'The archive may write files outside of its folder.',
    languages: ['python', 'java', 'csharp', 'go', 'ruby', ...scripts],
  },
} satisfies Record<string, Rule>;
