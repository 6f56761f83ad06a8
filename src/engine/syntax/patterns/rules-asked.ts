import { scripts, type Rule } from './rule.ts';

/** Rules on what is asked too late or not at all, and on what is left for nobody to see. */
export const askedRules = {
  'both-sides-asked': {
    group: 'correctness',
    severity: 4,
    message: '`&` and `|` ask both sides: the second one fails where the first was to guard it.',
    languages: ['java', 'csharp', 'php', 'cpp', ...scripts],
  },
  'effect-in-assertion': {
    group: 'correctness',
    severity: 4,
    message: 'The assertion does work, which is left out where assertions are turned off.',
    languages: ['java', 'python', 'cpp', 'php'],
  },
  'unseen-change': {
    group: 'correctness',
    severity: 3,
    message: 'Without `volatile` this loop may never see that another thread has set the field.',
    languages: ['java', 'csharp'],
  },
  'unheard-event': {
    group: 'correctness',
    severity: 3,
    message: 'Where nobody listens the event is null, and raising it fails.',
    languages: ['csharp'],
  },
  'null-for-task': {
    group: 'correctness',
    severity: 4,
    message: 'A task that is null fails where the caller waits for it.',
    languages: ['csharp'],
  },
  'returned-closed': {
    group: 'correctness',
    severity: 4,
    message: 'What is returned is closed before the caller gets it.',
    languages: ['csharp', 'python', 'java'],
  },
  'negative-remainder': {
    group: 'correctness',
    severity: 2,
    message: 'Of a negative odd number the remainder is -1, which this takes for even.',
    languages: ['java', 'csharp', 'go', 'cpp', 'rust', 'php', ...scripts],
  },
  'exit-before-deferred': {
    group: 'correctness',
    severity: 2,
    message: 'The program ends here, and what was deferred before is never run.',
    languages: ['go'],
  },
  'deferred-too-early': {
    group: 'correctness',
    severity: 4,
    message: 'What is handed to a deferred call is worked out at once and not at the end.',
    languages: ['go'],
  },
  'sent-after-close': {
    group: 'correctness',
    severity: 4,
    message: 'The channel is closed already: to send to it or to close it again panics.',
    languages: ['go'],
  },
  'no-pointer': {
    group: 'correctness',
    severity: 4,
    message: 'What is read goes into a copy, since no pointer is handed over.',
    languages: ['go'],
  },
  'behind-zeros': {
    group: 'correctness',
    severity: 4,
    message:
      'The list is made with its full length: what is appended comes behind as many empty ones.',
    languages: ['go', 'cpp', ...scripts],
  },
  'dropped-task': {
    group: 'correctness',
    severity: 2,
    message: 'Nobody keeps the task: it may be thrown away midway, and its failure is not seen.',
    languages: ['python'],
  },
  'missing-super': {
    group: 'correctness',
    severity: 4,
    message: 'The constructor of the base class is never called.',
    languages: ['python', ...scripts],
  },
  'text-plus-number': {
    group: 'correctness',
    severity: 4,
    message: 'A text and a number are added, which fails.',
    languages: ['python'],
  },
  'lost-update': {
    group: 'correctness',
    severity: 4,
    message: 'Both start from the same value: the second one takes back what the first has set.',
    languages: scripts,
  },
  'week-year': {
    group: 'correctness',
    severity: 4,
    message:
      '`YYYY` is the year of the week, which is another one around New Year: `yyyy` is meant.',
    languages: ['java'],
  },
} as const satisfies Record<string, Rule>;
