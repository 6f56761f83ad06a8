import { rootName } from '../../root-name.ts';
import { bindingAt } from '../bindings.ts';
import { nodesOf } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

const doubles =
  /\b(Magic|Async)?Mock\(|\b(jest|vi)\.(fn|mock|spyOn)\b|\bsinon\.|\b(mock|mockDeep|spy|stub|double|instance_double|class_double|createMock|createStub|createSpyObj|createSpy|createConfiguredMock|create_autospec|getMockBuilder|getMockForAbstractClass|Substitute\.For|mockk)\b\s*[(<]|\bnew Mock\b/;
/** Characters of a value that tell what it is. */
const textLength = 200;

/** A double itself, or an object of doubles; `new Service(mock(Store.class))` is the code's. */
export function isDouble(tree: SyntaxTree, value: number): boolean {
  const text = tree.excerpt(value, textLength);
  if (!doubles.test(text)) return false;
  return /^[\s({[]/.test(text) || doubles.test(/^[^(]*\(?/.exec(text)?.[0] ?? '');
}

const mayHoldDoubles = nodesOf('assignment', 'declarator', 'field', 'parameters');

/** `@patch("shop.mail.send")`, `mocker.patch.object(Mailer, "send")`, `monkeypatch.setattr(mail, "send", …)`. */
const patches =
  /\bpatch\(\s*["']([\w.]+)["']|\b(?:patch\.object|monkeypatch\.setattr)\(\s*[\w.]+,\s*["'](\w+)["']|\bmonkeypatch\.setattr\(\s*["']([\w.]+)["']/g;

/**
 * Names that hold doubles anywhere in a file of tests (in fields, in what is set up, in parameters of patches), and of
 * the types that they stand in for.
 */
export function doublesOf(tree: SyntaxTree): Set<string> {
  const names = new Set<string>();
  const add = (found: readonly string[]): void => found.forEach((name) => names.add(name));
  add(patchedIn(tree));
  for (const node of mayHoldDoubles(tree)) {
    const kind = tree.kind(node);
    if (kind === 'field') add(annotated(tree, node));
    else if (kind === 'parameters')
      add(tree.excerpt(node, 400).match(/\bmock(_\w+|[A-Z]\w*)?\b/g) ?? []);
    else {
      const binding = bindingAt(tree, node);
      if (binding !== null && isDouble(tree, binding.value))
        add([
          rootName(tree.excerpt(binding.target, 100)),
          ...typesIn(tree.excerpt(binding.value, textLength)),
        ]);
    }
  }
  return names;
}

/** Names of what the tests of Python put something else in the place of. */
function patchedIn(tree: SyntaxTree): string[] {
  if (tree.table.language !== 'python') return [];
  return [...tree.source.matchAll(patches)].map(
    ([, path, ofObject, set]) => (path ?? ofObject ?? set ?? '').split('.').at(-1) ?? '',
  );
}

/** `@Mock Store store;`, `private readonly Mock<IStore> _store = new();` */
function annotated(tree: SyntaxTree, field: number): string[] {
  const text = tree.excerpt(field, 400);
  const isDoubled = /@(Mock(ito)?(Bean)?|MockK)\b|\bMock<|\bMockObject\b|\bSpyObj<|\bMocked</.test(
    text,
  );
  const head = text.replace(/=[^>].*$/s, '').replace(/[;\s]+$/, '');
  const name = isDoubled ? /([\p{L}_][\p{L}\p{N}_]*)\W*$/u.exec(head)?.[1] : undefined;
  return name === undefined ? [] : [name, ...typesIn(head)];
}

/** `mock(Store.class)`, `createMock(Store::class)`, `createSpyObj('Store', …)`, `Mock<IStore>`, `@Mock Store store`. */
function typesIn(text: string): string[] {
  const found = text.matchAll(
    /\b([A-Z]\w*)(?:\.class\b|::class\b|>)|[(]\s*['"]?([A-Z]\w*)['"]?\s*[,)]|@\w+(?:\([^)]*\))?\s+(?:private\s+|protected\s+|final\s+)*([A-Z]\w*)/g,
  );
  return [...found].flatMap(([, first, second, third]) => {
    const type = first ?? second ?? third ?? '';
    // An interface of C# bears the name of its class.
    return /^I[A-Z]/.test(type) ? [type, type.slice(1)] : [type];
  });
}
