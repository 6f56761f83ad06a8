import type { Rule } from './rule.ts';

/** Rules on what is asked or stored when it is of no use, and on objects that are half made. */
export const lateRules = {
  'checked-too-late': {
    group: 'correctness',
    severity: 4,
    message:
      'The value is used before it is checked: where it is missing (null) the check comes too late.',
    languages: ['javascript', 'typescript', 'tsx', 'java', 'csharp', 'cpp', 'python'],
  },
  'read-before-bound': {
    group: 'correctness',
    severity: 4,
    message: 'The element is read before the index is checked against the bound.',
    languages: ['javascript', 'typescript', 'tsx', 'java', 'csharp', 'cpp', 'go', 'python'],
  },
  'opened-after-check': {
    group: 'security',
    severity: 2,
    message:
      'Between the check with `access` and the opening the file may become another one: a race.',
    languages: ['cpp'],
  },
  'spent-generator': {
    group: 'correctness',
    severity: 4,
    message: 'What gives its values once is gone through twice: the second time nothing is left.',
    languages: ['python', 'java'],
  },
  'dead-store': {
    group: 'correctness',
    severity: 3,
    message: 'The value is overwritten at once: nobody reads what was worked out (a dead store).',
    languages: ['javascript', 'typescript', 'tsx', 'java', 'csharp', 'go', 'python', 'php'],
  },
  'enumerated-twice': {
    group: 'cost',
    severity: 2,
    message:
      'A query of LINQ is enumerated more than once, and does its work each time: `ToList` keeps the result.',
    languages: ['csharp'],
  },
  'sliced-object': {
    group: 'correctness',
    severity: 4,
    message: 'The object is copied as its base class: what the derived class adds is sliced off.',
    languages: ['cpp'],
  },
  'virtual-in-constructor': {
    group: 'correctness',
    severity: 3,
    message:
      'A virtual function is called in the constructor, when the derived class is not made yet.',
    languages: ['cpp', 'csharp'],
  },
  'unset-member': {
    group: 'correctness',
    severity: 3,
    message: 'The constructor leaves a member without a value (uninitialised).',
    languages: ['cpp'],
  },
  'dangling-view': {
    group: 'correctness',
    severity: 5,
    message: 'The view shows a temporary text that ends with this statement: it dangles.',
    languages: ['cpp'],
  },
  'unguarded-counter': {
    group: 'correctness',
    severity: 3,
    message:
      'Objects of all threads count in one static field without a lock: counts are lost in a race.',
    languages: ['java', 'csharp'],
  },
  'unread-rows-error': {
    group: 'correctness',
    severity: 3,
    message: 'Rows may end because of an error: nobody looks at `rows.Err()`.',
    languages: ['go'],
  },
  'typed-nil': {
    group: 'correctness',
    severity: 4,
    message: 'A nil pointer returned as an interface (`error`) is not nil to the caller.',
    languages: ['go'],
  },
  'locked-twice': {
    group: 'correctness',
    severity: 4,
    message: 'It is still locked or borrowed here: this waits for ever (a deadlock) or panics.',
    languages: ['rust', 'go', 'cpp'],
  },
  'mutable-static': {
    group: 'correctness',
    severity: 3,
    message: 'Threads may change a `static mut` at the same time: undefined behaviour.',
    languages: ['rust'],
  },
  'unterminated-copy': {
    group: 'correctness',
    severity: 3,
    message:
      '`strncpy` leaves the text without its end (terminator) where it fills the whole room.',
    languages: ['cpp'],
  },
  'widened-product': {
    group: 'correctness',
    severity: 3,
    message:
      'The product is worked out as an `int` and overflows before it is widened to a `long`.',
    languages: ['java', 'csharp'],
  },
  'useless-expression': {
    group: 'correctness',
    severity: 3,
    message: 'The statement has no effect: its value is neither kept nor returned.',
    languages: ['python', 'rust', 'javascript', 'typescript', 'tsx', 'cpp'],
  },
  'local-for-attribute': {
    group: 'correctness',
    severity: 4,
    message:
      'A variable is set that nobody reads: without `self.` the attribute of that name keeps its value.',
    languages: ['ruby'],
  },
  'shadowed-result': {
    group: 'correctness',
    severity: 4,
    message: 'What is made here ends with its block: the one of the same name is used after it.',
    languages: ['go'],
  },
  'called-at-once': {
    group: 'correctness',
    severity: 4,
    message:
      'The function is called at once, and what it gives, which is nothing, is to be called.',
    languages: ['javascript', 'typescript', 'tsx', 'python'],
  },
  'array-equals': {
    group: 'correctness',
    severity: 4,
    message: '`equals` of an array asks whether it is the same object: `Arrays.equals` is meant.',
    languages: ['java'],
  },
  'endless-fraction': {
    group: 'correctness',
    severity: 3,
    message: '`divide` without a rounding throws where the fraction does not end.',
    languages: ['java'],
  },
  'property-for-text': {
    group: 'correctness',
    severity: 4,
    message: 'The text is taken for the name of a system property: it is not parsed.',
    languages: ['java'],
  },
  'notify-without-lock': {
    group: 'correctness',
    severity: 4,
    message: '`notify` throws where the thread does not hold the lock of the object.',
    languages: ['java'],
  },
  'throwing-destructor': {
    group: 'correctness',
    severity: 3,
    message: 'What a destructor throws ends the program: it may not be thrown.',
    languages: ['cpp'],
  },
  'success-for-list': {
    group: 'correctness',
    severity: 4,
    message: 'Sorting changes the list and gives back whether it succeeded, which is kept instead.',
    languages: ['php'],
  },
  'other-error': {
    group: 'correctness',
    severity: 4,
    message: 'Another error than the one that is asked about is returned: it is nil here.',
    languages: ['go'],
  },
  'list-for-numbers': {
    group: 'correctness',
    severity: 4,
    message: 'A list is given where numbers are taken: without `...` the result is no number.',
    languages: ['javascript', 'typescript', 'tsx'],
  },
  'pattern-for-text': {
    group: 'correctness',
    severity: 4,
    message: 'The text is taken as a regular expression, in which `.` and `|` mean something else.',
    languages: ['java'],
  },
  'exact-type': {
    group: 'correctness',
    severity: 1,
    message: 'Types are compared exactly, which leaves out subclasses: `isinstance` is meant.',
    languages: ['python'],
  },
  'forgery-protection-off': {
    group: 'security',
    severity: 2,
    message: 'The protection against forged requests (CSRF) is turned off.',
    languages: ['ruby', 'python', 'java', 'csharp'],
  },
} as const satisfies Record<string, Rule>;
