import type { ClassFacts, FileFacts, FunctionFacts, IdentifierFacts } from '#src/engine/facts.ts';
import type { SmellFacts, TestCaseFacts } from '#src/engine/pattern-facts.ts';

/** A plain public function of eight statements without faults. */
export function functionFacts(changes: Partial<FunctionFacts> = {}): FunctionFacts {
  return {
    name: 'work',
    qualifiedName: changes.name ?? 'work',
    kind: 'function',
    owner: null,
    public: true,
    trivial: false,
    test: false,
    startLine: 1,
    endLine: 10,
    bodyStartLine: 2,
    from: 100 * (changes.startLine ?? 1),
    to: 100 * (changes.endLine ?? 10) + 99,
    nloc: 10,
    lloc: 10,
    firstLogicalLine: (changes.startLine ?? 1) - 1,
    statements: 8,
    parameters: [],
    returnTyped: true,
    cyclomatic: 2,
    cognitive: 1,
    cognitiveIncrements: [],
    maxNesting: 1,
    returns: 1,
    throws: 0,
    calls: [],
    loops: [],
    recursive: false,
    doc: null,
    load: {
      tokens: 40,
      names: 12,
      nameUses: 24,
      steps: 9,
      longestStep: 8,
    },
    performsIo: false,
    mentions: [],
    entry: null,
    shape: shapeOfName(changes.name ?? 'work'),
    wording: shapeOfName(changes.name ?? 'work'),
    ...changes,
  };
}

/** Functions of different names are no copies of one another. */
function shapeOfName(name: string): number {
  let shape = 0;
  for (const letter of name) shape = (shape * 31 + letter.charCodeAt(0)) | 0;
  return shape;
}

export function classFacts(changes: Partial<ClassFacts> = {}): ClassFacts {
  return {
    name: 'Thing',
    kind: 'class',
    abstract: false,
    public: true,
    bases: [],
    fields: [],
    fieldAccess: {},
    doc: null,
    startLine: 1,
    endLine: 20,
    ...changes,
  };
}

export function identifierFacts(changes: Partial<IdentifierFacts> = {}): IdentifierFacts {
  return { name: 'total', kind: 'variable', line: 2, scopeLines: 5, loopIndex: false, ...changes };
}

export function smellFacts(changes: Partial<SmellFacts> = {}): SmellFacts {
  return {
    rule: 'empty-handler',
    group: 'correctness',
    severity: 3,
    message: 'An error is caught and dropped without a word.',
    function: null,
    startLine: 3,
    endLine: 4,
    ...changes,
  };
}

/** A test case with one assertion that can fail. */
export function testCaseFacts(changes: Partial<TestCaseFacts> = {}): TestCaseFacts {
  return {
    name: 'works',
    startLine: 1,
    endLine: 5,
    assertions: [{ line: 3, effective: true, negative: false }],
    calls: ['work'],
    literals: ['1'],
    shape: 'a',
    open: false,
    ...changes,
  };
}

/** A Python source file with one function. */
export function fileFacts(changes: Partial<FileFacts> = {}): FileFacts {
  const functions = changes.functions ?? [functionFacts()];
  return {
    path: 'work.py',
    language: 'python',
    languageCertainty: 1,
    role: 'source',
    roleReason: null,
    lines: 40,
    nloc: 30,
    lloc: 30,
    logicalLines: [],
    copiedLines: 0,
    commentLines: 0,
    statements: functions.reduce((total, fn) => total + fn.statements, 0),
    scriptStatements: 0,
    load: {
      tokens: 0,
      names: 0,
      nameUses: 0,
      steps: 0,
      longestStep: 0,
    },
    nodes: 200,
    errorShare: 0,
    truncated: false,
    functions,
    topLevel: [],
    classes: [],
    imports: [],
    identifiers: [],
    comments: [],
    fallible: [],
    handlers: [],
    guards: [],
    smells: [],
    tests: [],
    asserting: [],
    idioms: [],
    fingerprints: [],
    symbols: functions.map(({ name }) => name).sort(),
    texts: [],
    numbers: [],
    longestLine: 60,
    meanLine: 30,
    hiddenCharacters: [],
    ...changes,
  };
}
