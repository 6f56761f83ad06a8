import type { FileFacts } from '../../facts.ts';
import { rememberAll } from '../../memoize.ts';
import { callAt, type Call } from '../calls.ts';
import { headerText } from '../headers.ts';
import { nodesOf } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import type { Unit, Units } from '../units.ts';
import type { TestCaseFacts } from '../../pattern-facts.ts';
import { pathsAsked } from './paths-asked.ts';
import { addCalls, addUses, receiversOf, type CallsByName } from './test-calls.ts';

/** Names that are kept of a file as called before its tests, or as handed over by one function. */
const most = 500;

interface SetUp {
  name: string;
  /** What it is called on; '' where nothing tells. */
  on: readonly string[];
  paths: readonly string[];
  /** The class or group of tests that it is of; 0 is the whole file. */
  scope: number;
}

const callsOf = nodesOf('call', 'new', 'string');

/**
 * What is called before each test: in `beforeEach`, `setUp` or the constructor of a class of tests, in fields and in
 * statements around them. Helpers are no part of it: a test calls those itself.
 */
export function setUpsOf(
  tree: SyntaxTree,
  units: Units,
  cases: readonly { at: number; to: number }[],
  { role, foreign }: { role: FileFacts['role']; foreign: ReadonlySet<string> },
): (at: number) => Pick<TestCaseFacts, 'setUp' | 'setUpOn' | 'setUpPaths'> {
  if (cases.length === 0) return () => ({});
  const inside = new Uint8Array(tree.size);
  for (const { at, to } of cases) inside.fill(1, at, to);
  const classes = new Set(cases.map(({ at }) => tree.above(at, 'class')));
  const isSetUp = rememberAll((unit: Unit | null) => isCalledBefore(tree, unit, classes));
  const found: SetUp[] = [];
  for (const node of callsOf(tree)) {
    if (inside[node] === 1 || found.length >= most) continue;
    if (!isSetUp(units.list[units.of[node] ?? -1] ?? null)) continue;
    const scope = scopeOf(tree, node, role);
    if (scope === null) continue;
    found.push(...calledAt(tree, node, foreign).map((one) => ({ ...one, scope })));
  }
  const holds = ({ scope }: SetUp, at: number): boolean =>
    scope === 0 || (scope <= at && at < tree.endOf(scope));
  return (at) => factsOf(found.filter((one) => holds(one, at)));
}

function calledAt(
  tree: SyntaxTree,
  node: number,
  foreign: ReadonlySet<string>,
): Omit<SetUp, 'scope'>[] {
  const calls: CallsByName = new Map();
  const handed = new Set<string>();
  addCalls(tree, node, foreign, calls);
  addUses(tree, node, foreign, { reads: new Set(), handed });
  const paths = tree.kind(node) === 'call' ? pathsAsked(tree, node, node + 1) : [];
  const names = [...new Set([...calls.keys(), ...handed])];
  return names.map((name) => ({ name, paths, on: [...(calls.get(name) ?? [''])] }));
}

function factsOf(found: readonly SetUp[]): Pick<TestCaseFacts, 'setUp' | 'setUpOn' | 'setUpPaths'> {
  if (found.length === 0) return {};
  const calls: CallsByName = new Map();
  for (const { name, on } of found) calls.set(name, new Set([...(calls.get(name) ?? []), ...on]));
  const setUpPaths = [...new Set(found.flatMap(({ paths }) => paths))];
  return {
    setUp: [...calls.keys()],
    setUpOn: receiversOf(calls),
    ...(setUpPaths.length === 0 ? {} : { setUpPaths }),
  };
}

const handingOf = nodesOf('call', 'new');

/** What the functions of a file of tests hand to others, by their names: `return runner.invoke(cli, args)`. */
export function handedBy(tree: SyntaxTree, units: Units): NonNullable<FileFacts['handedBy']> {
  const found = new Map<string, Set<string>>();
  for (const node of handingOf(tree)) {
    const unit = withoutClosures(units.list[units.of[node] ?? -1] ?? null);
    if (unit === null) continue;
    const handed = found.get(unit.name) ?? new Set<string>();
    addUses(tree, node, new Set(), { reads: new Set(), handed });
    if (handed.size > 0) found.set(unit.name, handed);
  }
  return [...found].map(([by, handed]) => ({ by, handed: [...handed].slice(0, most) }));
}

/**
 * Outside of functions, or in one that the framework calls before a test.
 *
 * @param classes classes of tests
 */
function isCalledBefore(
  tree: SyntaxTree,
  unit: Unit | null,
  classes: ReadonlySet<number>,
): boolean {
  const named = withoutClosures(unit);
  if (named === null) return true;
  if (setUpNames.test(named.name) || setUpMarks.test(headerText(tree, named.node))) return true;
  // xUnit makes an object of the class for each of its tests.
  const isConstructor = named.owner !== null && tree.type(named.node) === 'constructor_declaration';
  return isConstructor && classes.has(tree.above(named.node, 'class'));
}

/** The function that a closure is written in, or the unit itself where it is none. */
function withoutClosures(unit: Unit | null): Unit | null {
  let named = unit;
  while (named?.closure === true) named = named.around;
  return named;
}

const setUpNames =
  /^(setUp|SetUp|set_up|setUpBeforeClass|setUpClass|setUpTestData|asyncSetUp|setup|Setup|setup_method|setup_class|setup_module|SetupTest|SetupSuite|TestInitialize|InitializeAsync|initTestCase|init|_before)$/;
const setUpMarks =
  /@Before(Each|All|Class|Method)?\b|\[(One\w*)?SetUp\]|\[TestInitialize\]|\[ClassInitialize\]|#\[Before\w*\]|\bautouse\s*=\s*True|@before\b/;

const groups = /^(describe|context|suite|feature|group|RSpec)$/;
const early = /^(before\w*|let!?|subject|setup|around|given)$/;
const late = /^(after\w*|tearDown\w*|teardown\w*|mock|doMock)$/;

interface Surroundings {
  scope: number;
  /** It happens after the tests, or only in what stands in for a module. */
  late: boolean;
  /** In no class, group or function that the framework calls. */
  loose: boolean;
}

/** The tests that something is called before; null where it is called before none. */
function scopeOf(tree: SyntaxTree, node: number, role: FileFacts['role']): number | null {
  const { scope, late, loose } = surroundingsOf(tree, node);
  // Beside the code that is tested, a statement outside of everything is the program's.
  return late || (loose && role !== 'test') ? null : scope;
}

/** The group of tests around a call. */
function surroundingsOf(tree: SyntaxTree, node: number): Surroundings {
  let loose = true;
  // In C++ the class of a fixture stands beside its tests.
  const isClassScope = tree.table.language !== 'cpp';
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    const kind = tree.kind(up);
    if (kind === 'function') loose = false;
    if (kind === 'class' && isClassScope) return { scope: up, late: false, loose: false };
    const call = kind === 'call' ? callAt(tree, up) : null;
    if (call === null) continue;
    if (late.test(call.name)) return { scope: 0, late: true, loose };
    if (early.test(call.name)) loose = false;
    if (isGroup(call)) return { scope: up, late: false, loose: false };
  }
  return { scope: 0, late: false, loose };
}

/** `describe(…)`, `describe.each(…)(…)`, `RSpec.describe … do`. */
export function isGroup({ name, qualifier }: Call): boolean {
  return groups.test(name) || groups.test(qualifier?.split(/\W/, 1)[0] ?? '');
}

/** Parameters of a test or a fixture in Python, by which pytest knows what to call before it. */
export function fixturesOf(tree: SyntaxTree, node: number): string[] {
  if (tree.table.language !== 'python') return [];
  const parameters = tree.field(node, 'parameters');
  const names = parameters < 0 ? [] : (tree.excerpt(parameters, 400).match(/\b[a-z_]\w*/g) ?? []);
  return names.filter((name) => name !== 'self' && name !== 'cls');
}
