import { scripts, type Rule } from './rule.ts';

const typed = ['java', 'csharp', 'cpp', 'go', 'rust'] as const;

/** Rules on small, well-known mistakes: the ones that linters of each language agree on. */
export const defectRules = {
  'floating-promise': {
    group: 'correctness',
    severity: 4,
    message: 'A promise is used or dropped as if it were its value: `await` is missing.',
    languages: [...scripts, 'python', 'csharp', 'rust'],
  },
  'unhandled-chain': {
    group: 'correctness',
    severity: 3,
    message: 'Nobody handles the failure of this chain of promises: it has no `.catch`.',
    languages: scripts,
  },
  'async-callback': {
    group: 'correctness',
    severity: 4,
    message: 'Nobody waits for the promises of this async callback.',
    languages: [...scripts, 'csharp'],
  },
  'async-executor': {
    group: 'correctness',
    severity: 3,
    message: 'An async executor drops its own errors: the promise never settles.',
    languages: scripts,
  },
  'unawaited-in-try': {
    group: 'correctness',
    severity: 3,
    message: 'The promise is returned without `await`: this `catch` never sees its failure.',
    languages: scripts,
  },
  'async-void': {
    group: 'correctness',
    severity: 4,
    message: 'Nobody can await an `async void` method or catch what it throws.',
    languages: ['csharp'],
  },
  'blocking-in-async': {
    group: 'correctness',
    severity: 3,
    message: 'A blocking call stops everything else in an async function.',
    languages: ['python', 'csharp', 'rust'],
  },
  'identical-branches': {
    group: 'correctness',
    severity: 3,
    message: 'All branches do the same: one of them is not what was meant.',
  },
  'repeated-condition': {
    group: 'correctness',
    severity: 4,
    message: 'The same condition is asked twice: the second branch never runs.',
  },
  'identical-operands': {
    group: 'correctness',
    severity: 4,
    message: 'Both sides of an operator are the same.',
  },
  'foregone-condition': {
    group: 'correctness',
    severity: 4,
    message: 'The condition always has the same answer.',
  },
  'constant-operand': {
    group: 'correctness',
    severity: 4,
    message: 'A constant stands alone after `or`: the condition always holds.',
    languages: [...scripts, 'python', 'ruby', 'php', 'cpp'],
  },
  'missing-dereference': {
    group: 'correctness',
    severity: 4,
    message: 'A value is used right where it is known to be missing.',
  },
  'empty-body': {
    group: 'correctness',
    severity: 4,
    message: 'A semicolon ends the statement before its body.',
  },
  'changed-while-iterated': {
    group: 'correctness',
    severity: 4,
    message: 'The list is changed by the loop that goes through it.',
  },
  'endless-loop': { group: 'correctness', severity: 4, message: 'Nothing in the loop can end it.' },
  'captured-loop-variable': {
    group: 'correctness',
    severity: 3,
    message: 'The closure reads the loop variable later, when it has another value.',
    languages: [...scripts, 'python', 'csharp'],
  },
  'shared-loop-variable': {
    group: 'correctness',
    severity: 3,
    message:
      'Before Go 1.22 all turns of the loop share its variable: what runs later reads another value.',
    languages: ['go'],
  },
  'single-turn-loop': {
    group: 'correctness',
    severity: 4,
    message: 'The loop leaves in its first turn, whatever happens.',
  },
  'defer-in-loop': {
    group: 'correctness',
    severity: 3,
    message: 'Deferred in a loop: nothing is released before the function ends.',
    languages: ['go'],
  },
  'for-in-array': {
    group: 'correctness',
    severity: 3,
    message: '`for … in` goes through the keys of an array as texts, not through its elements.',
    languages: scripts,
  },
  'waitgroup-add-in-goroutine': {
    group: 'correctness',
    severity: 4,
    message: '`Add` in the goroutine may come after `Wait`.',
    languages: ['go'],
  },
  'ignored-result': {
    group: 'correctness',
    severity: 3,
    message: 'The result is thrown away, and nothing else happens here.',
  },
  'none-result': {
    group: 'correctness',
    severity: 4,
    message: 'The method changes the list and returns None, which is kept instead of the list.',
    languages: ['python'],
  },
  'wrong-comparator': {
    group: 'correctness',
    severity: 4,
    message: 'The comparator does not order: it has to tell less, equal and greater apart.',
  },
  'callback-without-result': {
    group: 'correctness',
    severity: 4,
    message: 'The callback returns nothing, though its result is what is asked for.',
    languages: scripts,
  },
  'shared-element': {
    group: 'correctness',
    severity: 4,
    message: 'All elements are one and the same list or object.',
    languages: [...scripts, 'python', 'ruby'],
  },
  'integer-division': {
    group: 'correctness',
    severity: 3,
    message: 'Whole numbers are divided: the fraction is cut off before it is used.',
    languages: [...typed, 'ruby'],
  },
  'float-equality': {
    group: 'correctness',
    severity: 3,
    message: 'Fractions are compared for equality, which rounding decides.',
  },
  'typeof-typo': {
    group: 'correctness',
    severity: 4,
    message: '`typeof` never gives this word.',
    languages: scripts,
  },
  'fresh-comparison': {
    group: 'correctness',
    severity: 4,
    message: 'A list or object made on the spot is never identical to another.',
    languages: [...scripts, 'python'],
  },
  'misread-operators': {
    group: 'correctness',
    severity: 4,
    message: 'The operators bind otherwise than they read.',
    languages: [...scripts, 'php', 'cpp', 'java', 'csharp', 'python', 'go', 'ruby', 'rust'],
  },
  'index-as-condition': {
    group: 'correctness',
    severity: 4,
    message: 'A position is used as a condition: the first place counts as not found.',
    languages: [...scripts, 'php', 'cpp'],
  },
  'map-parse-int': {
    group: 'correctness',
    severity: 4,
    message: '`map` hands `parseInt` the position as its radix.',
    languages: scripts,
  },
  'lexical-sort': {
    group: 'correctness',
    severity: 4,
    message: 'Numbers are sorted as texts: 10 comes before 9.',
    languages: scripts,
  },
  'duplicate-key': {
    group: 'correctness',
    severity: 3,
    message: 'A key is written twice: the first value is lost.',
    languages: [...scripts, 'python', 'ruby', 'php'],
  },
  'self-increment': {
    group: 'correctness',
    severity: 4,
    message: 'The old value is put back: the increment is lost.',
  },
  'endless-recursion': {
    group: 'correctness',
    severity: 4,
    message: 'The function calls itself without an end.',
  },
  'memory-leak': {
    group: 'correctness',
    severity: 4,
    message: 'Memory is taken and not given back on every way out.',
    languages: ['cpp'],
  },
  'use-after-free': {
    group: 'correctness',
    severity: 5,
    message: 'Memory is used after it was given back.',
    languages: ['cpp'],
  },
  'dangling-return': {
    group: 'correctness',
    severity: 5,
    message: 'What is returned points at something that ends with the function.',
    languages: ['cpp'],
  },
  'unset-variable': {
    group: 'correctness',
    severity: 4,
    message: 'A variable is read before anything was put in.',
    languages: ['cpp'],
  },
  'unbounded-copy': {
    group: 'security',
    severity: 4,
    message: 'Text is copied without a limit into memory of a fixed size.',
    languages: ['cpp'],
  },
  'format-from-value': {
    group: 'security',
    severity: 4,
    message: 'A value is used as a format.',
    languages: ['cpp'],
  },
  'wrong-size': {
    group: 'correctness',
    severity: 4,
    message:
      'The size is wrong: arguments are swapped, the end of the text has no room, or it is that of a pointer.',
    languages: ['cpp'],
  },
  'mismatched-delete': {
    group: 'correctness',
    severity: 4,
    message: 'Memory is given back by other means than it was taken.',
    languages: ['cpp'],
  },
  'realloc-leak': {
    group: 'correctness',
    severity: 3,
    message: 'When there is no more memory, the old block is lost.',
    languages: ['cpp'],
  },
  'catch-by-value': {
    group: 'correctness',
    severity: 2,
    message: 'The exception is copied, and cut down to its base.',
    languages: ['cpp'],
  },
  'end-of-file-loop': {
    group: 'correctness',
    severity: 3,
    message:
      'The end of a file is known only after a read has failed: the last turn works on old data.',
    languages: ['cpp'],
  },
  'missing-return': {
    group: 'correctness',
    severity: 4,
    message: 'The function promises a value and returns none.',
    languages: ['cpp'],
  },
  'non-virtual-destructor': {
    group: 'correctness',
    severity: 3,
    message: 'Deleted through its base, only half of the object is destroyed.',
    languages: ['cpp'],
  },
} satisfies Record<string, Rule>;
