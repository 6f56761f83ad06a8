import { scripts, type Rule } from './rule.ts';

/** Rules on mistakes of a word: another operation, option, callback or name than the one that is meant. */
export const slipRules = {
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
  'single-replace': {
    group: 'correctness',
    severity: 3,
    message: '`replace` with a text replaces only the first one: `replaceAll` is meant.',
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
  'async-effect': {
    group: 'correctness',
    severity: 3,
    message: 'An effect gives what cleans up after it; an async function gives a promise.',
    languages: scripts,
  },
  'conditional-hook': {
    group: 'correctness',
    severity: 4,
    message: 'A hook that is called only sometimes shifts those that come after it.',
    languages: scripts,
  },
  'changed-state': {
    group: 'correctness',
    severity: 4,
    message: 'The state is changed in place and set to itself: nothing is drawn anew.',
    languages: scripts,
  },
  'changed-default': {
    group: 'correctness',
    severity: 4,
    message: 'The defaults themselves are changed, for every later call.',
    languages: scripts,
  },
  'stateful-pattern': {
    group: 'correctness',
    severity: 4,
    message: 'A pattern with the flag `g` remembers where it stopped: the next test begins there.',
    languages: scripts,
  },
  'misspelled-member': {
    group: 'correctness',
    severity: 4,
    message: 'The name is misspelled: there is no such member.',
    languages: scripts,
  },
  'message-to-any-site': {
    group: 'security',
    severity: 3,
    message: 'Whatever site the window shows by now can read the message.',
    languages: scripts,
  },
  'unbound-local': {
    group: 'correctness',
    severity: 4,
    message: 'Without `global` the name is one of the function that has no value yet.',
    languages: ['python'],
  },
  'unfilled-text': {
    group: 'correctness',
    severity: 4,
    message: 'The names in brackets stand there as they are: the `f` before the text is missing.',
    languages: ['python'],
  },
  'super-of-other': {
    group: 'correctness',
    severity: 3,
    message: '`super` is asked for another class than the one that it stands in.',
    languages: ['python'],
  },
  'unknown-host': {
    group: 'security',
    severity: 3,
    message: 'Any host is taken for the one that is meant.',
    languages: ['python'],
  },
  'split-increment': {
    group: 'correctness',
    severity: 3,
    message: '`volatile` keeps no other thread from counting between reading and writing.',
    languages: ['java'],
  },
  'unexported-tag': {
    group: 'correctness',
    severity: 4,
    message: 'The field is not exported: it is neither read from the data nor written to it.',
    languages: ['go'],
  },
} as const satisfies Record<string, Rule>;
