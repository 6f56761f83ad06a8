import { callAt, type Call } from '../calls.ts';
import { nodesOf, nodesWhere } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { bindingAt } from '../binding-at.ts';

const made =
  /\b(Magic|Async)?Mock\(|\b(jest|vi)\.(fn|mock|spyOn|mocked)\b|\bsinon\.|\bmocker\.|\bcreate_autospec\b|\b(mock|spy|stub|double|instance_double|class_double|createMock|createStub|createMockObject|getMockBuilder|prophesize|mockDeep|createSpyObj|Substitute\.For|A\.Fake|mockk)\b\s*[(<]|\bnew Mock\b/;
const declared =
  /@(Mock|MockBean|MockitoBean|MockK|RelaxedMockK)\b|(^|[^\w])(Mock|Mocked|MockProxy|DeepMocked|DeepMockProxy|SpyObj|MockObject|MagicMock|MockInstance)\s*[<;|)\s]/;

const bindings = nodesWhere((kind) => kind === 'assignment' || kind === 'declarator');
const fieldsOf = nodesOf('field');

/** Whether a text makes something that stands in for a part of the code. */
export function isDouble(text: string): boolean {
  return made.test(text);
}

const known = new WeakMap<SyntaxTree, ReadonlySet<string>>();

/** Variables and fields of a file that only ever hold what stands in for a part of the code; asked once a file. */
export function doublesOf(tree: SyntaxTree): ReadonlySet<string> {
  const found = known.get(tree) ?? doublesIn(tree);
  known.set(tree, found);
  return found;
}

function doublesIn(tree: SyntaxTree): Set<string> {
  if (!made.test(tree.source) && !declared.test(tree.source)) return new Set();
  const filled = [...fieldsOf(tree)].flatMap((node) => {
    const text = tree.excerpt(node, 200);
    const name = /(\w+)\s*(?:=[^=>]*|\{[^}]*\}?)?;?\s*$/.exec(text)?.[1];
    return name !== undefined && declared.test(text) ? [name] : [];
  });
  const doubles = new Set<string>();
  const real = new Set<string>();
  for (const node of bindings(tree)) {
    const binding = bindingAt(tree, node);
    const value = binding === null ? 'null' : tree.excerpt(binding.value, 200);
    if (binding === null || /^(null|undefined|None|nil)$/.test(value)) continue;
    (made.test(value) ? doubles : real).add(lastWord(tree.excerpt(binding.target, 100)));
  }
  // What an annotation fills stays a double, whatever another class of the file calls so.
  return new Set([...filled, ...doubles.difference(real)]);
}

function lastWord(text: string): string {
  return /(\w+)\s*$/.exec(text)?.[1] ?? text;
}

/** What a double is told to answer, or is asked whether it was called with: `verify(store).save(x)`. */
const told =
  /^(verify|given|when|then|doReturn|doThrow|doNothing|doAnswer|inOrder|allow|expect|coEvery|coVerify|every)\b\s*[({]/;
const expects = /^(Setup\w*|Verify\w*|CallTo|Expect|AssertWasCalled)$/;

/** Whether a call is made on what stands in for a part of the code. */
export function isOnDouble(
  tree: SyntaxTree,
  node: number,
  { qualifier }: Call,
  local: ReadonlySet<string>,
): boolean {
  if (qualifier === null) return false;
  const root = /^(?:(?:await\s+)?(?:this|self|\$this)(?:\.|->))?[$@]?(\w+)/.exec(qualifier)?.[1];
  if (root !== undefined && (local.has(root) || doublesOf(tree).has(root))) return true;
  return told.test(qualifier) || isExpectation(tree, node);
}

/** `store.Setup(s => s.Find(1))`. */
function isExpectation(tree: SyntaxTree, node: number): boolean {
  const closure = tree.above(node, 'closure', 'function');
  if (closure < 0 || tree.kind(closure) !== 'closure') return false;
  const call = tree.above(closure, 'call', 'function');
  return call >= 0 && tree.kind(call) === 'call' && expects.test(callAt(tree, call).name);
}
