import type { ClassFacts } from '../facts.ts';
import { argumentNodes, callAt } from './calls.ts';
import type { Analysis } from './functions.ts';
import { docIndex } from './doc-index.ts';
import { memberNames } from './field-access.ts';
import { headerText, modifiersOf } from './headers.ts';
import { nodesOf } from './nodes-where.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import { lastName } from './tree-questions.ts';
import { className } from './units.ts';
import { exportedNames, isPublic } from './visibility.ts';

const classesOf = nodesOf('class');

/** Classes, structs, traits, interfaces and enums of a file. */
export function classFacts(analysis: Analysis): ClassFacts[] {
  const { tree } = analysis;
  const docs = docIndex(tree, analysis.comments);
  const exported = tree.table.visibility === 'export' ? exportedNames(tree) : null;
  const bases = implementedTraits(tree);
  const found: ClassFacts[] = [];
  for (const node of classesOf(tree)) {
    const kind = classKind(tree, node);
    if (kind === null) continue;
    const name = className(tree, node);
    const header = headerText(tree, node);
    found.push({
      name,
      kind,
      abstract: /\babstract\b|\bABC\b|ABCMeta/.test(header) || isPureVirtual(tree, node),
      public: isPublic(
        tree,
        node,
        { name, header: modifiersOf(header, name), owner: null },
        exported,
      ),
      bases: [...basesOf(tree, node), ...(bases.get(name) ?? [])],
      mixins: mixinsOf(tree, node),
      ...(tree.type(node) === 'type_spec' ? { asksFor: methodsAskedFor(tree, node) } : {}),
      startLine: tree.startLine(node),
      endLine: tree.endLine(node),
      doc: docs.of(node),
      ...(isRegistered(tree, header) ? { registered: true as const } : {}),
      ...(dispatching.test(tree.excerpt(node, classRead)) ? { dispatches: true as const } : {}),
      fields: [],
      fieldAccess: {},
    });
  }
  memberNames(analysis, found);
  return found;
}

/** Characters of a class that are read. */
const classRead = 20_000;

/** `$this->$name(…)`, `[$this, $name]`, `getattr(self, name)`, `send(name)`, `this[name](…)`: the name is no text. */
const dispatching =
  /\$this->(?:\$\w+|\{[^}\n]+\})\(|\[\s*\$this\s*,\s*\$\w+\s*\]|\bgetattr\(\s*self\s*,\s*(?!["'][^"']*["']\s*[,)])|(?<![.\w])(?:public_)?send\(\s*(?![:"'\s])|\bthis\[[^\]"'\n]+\]\(/;

/** Spring and its like make what bears their annotations; those of Lombok only write methods. */
function isRegistered({ table }: SyntaxTree, header: string): boolean {
  return table.language === 'java' && registering.test(header);
}

const registering =
  /(?:^|\n)\s*@(?:\w+\.)*(?:Component|Service|Repository|Configuration|Controller|RestController|(?:Rest)?ControllerAdvice|SpringBootApplication|Aspect|WebFilter|WebServlet|WebListener|ApplicationScoped|RequestScoped|Singleton|Named|Provider|Path|Converter|Plugin)\b/;

const kindByWord: [RegExp, ClassFacts['kind']][] = [
  [/interface|annotation_type/, 'interface'],
  [/struct|union/, 'struct'],
  [/enum/, 'enum'],
  [/trait/, 'trait'],
  [/record/, 'record'],
  [/^module$/, 'module'],
];

function classKind(tree: SyntaxTree, node: number): ClassFacts['kind'] | null {
  if (tree.kind(node) !== 'class' || tree.isLeaf(node)) return null;
  const type = tree.type(node);
  if (type === 'type_spec') return goKind(tree, node);
  // `class Foo;` in C++ only names it.
  if (type.endsWith('_specifier') && tree.field(node, 'body') < 0) return null;
  return kindByWord.find(([word]) => word.test(type))?.[1] ?? 'class';
}

function goKind(tree: SyntaxTree, node: number): ClassFacts['kind'] | null {
  const type = tree.field(node, 'type');
  if (type < 0) return null;
  if (tree.type(type) === 'struct_type') return 'struct';
  return tree.type(type) === 'interface_type' ? 'interface' : null;
}

function isPureVirtual(tree: SyntaxTree, node: number): boolean {
  return (
    tree.table.language === 'cpp' && /virtual[^;{}]*=\s*0\s*;/.test(tree.excerpt(node, 20_000))
  );
}

const heritage =
  /^(class_heritage|extends_clause|implements_clause|extends_type_clause|superclass|super_interfaces|extends_interfaces|base_list|base_class_clause|base_clause|class_interface_clause|argument_list|trait_bounds|type_list)$/;

/** Names after `extends`, `implements`, `:`, `<`, or in Python's parentheses. */
function basesOf(tree: SyntaxTree, node: number): string[] {
  const names: string[] = [];
  const queue = tree.namedChildren(node).filter((child) => heritage.test(tree.type(child)));
  for (let at = 0; at < queue.length && names.length < 50; at += 1) {
    for (const child of tree.namedChildren(queue[at] ?? -1)) {
      if (heritage.test(tree.type(child)) && tree.type(child) !== 'argument_list')
        queue.push(child);
      else if (!/^(access_specifier|keyword_argument|type_arguments)$/.test(tree.type(child)))
        names.push(lastName(tree, child));
    }
  }
  return [...names, ...embedded(tree, node)];
}

function methodsAskedFor(tree: SyntaxTree, node: number): string[] {
  return tree
    .namedChildren(tree.field(node, 'type'))
    .filter((child) => tree.type(child) === 'method_elem')
    .map((child) => tree.text(tree.field(child, 'name')));
}

/** `use Clock;` of PHP, `include Comparable` of Ruby. */
function mixinsOf(tree: SyntaxTree, node: number): string[] {
  const body = /^(php|ruby)$/.test(tree.table.language) ? tree.field(node, 'body') : -1;
  if (body < 0) return [];
  return tree.namedChildren(body).flatMap((child) => {
    if (tree.type(child) === 'use_declaration')
      return tree.namedChildren(child).map((name) => lastName(tree, name));
    const takesIn =
      tree.kind(child) === 'call' && /^(include|extend|prepend)$/.test(callAt(tree, child).name);
    return takesIn ? argumentNodes(tree, child).map((name) => lastName(tree, name)) : [];
  });
}

/** Go: a field without a name is an embedded type. */
function embedded(tree: SyntaxTree, node: number): string[] {
  const type = tree.table.language === 'go' ? tree.field(node, 'type') : -1;
  const list = type < 0 ? -1 : (tree.namedChildren(type)[0] ?? -1);
  if (list < 0) return [];
  return tree
    .namedChildren(list)
    .filter((field) => tree.type(field) === 'field_declaration' && tree.field(field, 'name') < 0)
    .map((field) => lastName(tree, field));
}

/** Rust: traits implemented for a type, by its name. */
function implementedTraits(tree: SyntaxTree): Map<string, string[]> {
  const traits = new Map<string, string[]>();
  if (tree.table.language !== 'rust') return traits;
  for (let node = 0; node < tree.size; node += 1) {
    const name = tree.type(node) === 'impl_item' ? tree.field(node, 'trait') : -1;
    if (name < 0) continue;
    const type = lastName(tree, tree.field(node, 'type'));
    traits.set(type, [...(traits.get(type) ?? []), lastName(tree, name)]);
  }
  return traits;
}
