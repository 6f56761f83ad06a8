import { argumentNodes, callAt } from '../../calls.ts';
import { headerText } from '../../headers.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { unitOf, type Context, type Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { typeOf } from './name-index.ts';
import { below, flat } from './shapes.ts';

/** A class of the file with virtual functions that others derive from. */
function isPolymorphic(tree: SyntaxTree, name: string): boolean {
  const declared = new RegExp(
    `\\b(class|struct)\\s+${escaped(name)}\\b[^;{]*\\{[^}]*\\bvirtual\\b`,
  );
  return (
    declared.test(tree.source) &&
    new RegExp(`:\\s*(public\\s+)?${escaped(name)}\\b`).test(tree.source)
  );
}

/** `std::vector<Shape> shapes; shapes.push_back(Square{})`: only the part of the base is kept. */
function slices(context: Context, node: number): boolean {
  const { tree } = context;
  const { qualifier } = callAt(tree, node);
  const [first = -1] = argumentNodes(tree, node);
  if (qualifier === null || first < 0) return false;
  const base = /^(?:const\s+)?(?:std::)?(?:vector|list|deque)<\s*(\w+)\s*>/.exec(
    typeOf(context, node, qualifier) ?? '',
  )?.[1];
  const derived = /^(\w+)[({]/.exec(flat(tree, first, 80))?.[1];
  if (base === undefined || derived === undefined || base === derived) return false;
  return (
    isPolymorphic(tree, base) &&
    new RegExp(`\\b${escaped(derived)}\\b[^;{]*:\\s*(public\\s+)?${escaped(base)}\\b`).test(
      tree.source,
    )
  );
}

/** A parameter of a class with virtual functions that is handed over by value. */
function takesSliced({ tree }: Context, node: number): boolean {
  const type = tree.field(node, 'type');
  const declarator = tree.field(node, 'declarator');
  if (type < 0 || declarator < 0 || tree.kind(declarator) !== 'identifier') return false;
  const name = tree.text(type);
  return /^[A-Z]\w*$/.test(name) && isPolymorphic(tree, name);
}

/** The constructor of a class calls one of its virtual functions, before those who override it are made. */
function callsVirtual(context: Context, node: number): boolean {
  const { tree } = context;
  const { name, qualifier } = callAt(tree, node);
  if (qualifier !== null && qualifier !== 'this') return false;
  const unit = unitOf(context, node);
  const around = tree.above(node, 'class');
  if (unit === null || around < 0) return false;
  const named = tree.field(around, 'name');
  const header = headerText(tree, unit.node);
  const own = named < 0 ? '' : tree.text(named);
  if (
    !new RegExp(`^(\\s|public|protected|internal|explicit|inline)*${escaped(own)}\\s*\\(`).test(
      header,
    )
  )
    return false;
  const body = tree.source.slice(
    tree.start[around],
    Math.min(tree.stop[around] ?? 0, (tree.start[around] ?? 0) + 20_000),
  );
  if (
    /^\s*(sealed|final)\b|\b(sealed|final)\s+(partial\s+)?class\b/.test(tree.excerpt(around, 200))
  )
    return false;
  return new RegExp(`\\b(virtual|abstract)\\s+[\\w:<>*&,? ]+\\b${escaped(name)}\\s*\\(`).test(body);
}

const scalar =
  /^(int|long|short|char|float|double|bool|unsigned|unsigned int|size_t|std::size_t|u?int\d+_t)$/;

/** A number of a class that its only, empty-handed constructor leaves as it is found. */
function leavesUnset({ tree }: Context, node: number): boolean {
  const body = tree.field(node, 'body');
  const named = tree.field(node, 'name');
  if (body < 0 || named < 0) return false;
  const name = escaped(tree.text(named));
  const text = tree.excerpt(body, 8_000);
  const constructors = [
    ...text.matchAll(new RegExp(`(?<![~\\w])${name}\\s*\\(([^()]*)\\)([^;{]*)([;{])([^}]*)`, 'g')),
  ];
  if (
    constructors.length === 0 ||
    constructors.some((one) => one[3] === ';' || /=\s*(default|delete)/.test(one[2] ?? ''))
  )
    return false;
  const made = constructors.map((one) => `${one[2] ?? ''}{${one[4] ?? ''}`);
  return unsetFields(tree, body).some((field) => {
    const word = new RegExp(
      `\\b${escaped(field)}\\b|\\b(init\\w*|reset|clear|setup)\\(|memset`,
      'i',
    );
    const isRead = [...text.matchAll(new RegExp(`\\b${escaped(field)}\\b`, 'g'))].length > 1;
    return isRead && made.every((one) => !word.test(one));
  });
}

function unsetFields(tree: SyntaxTree, body: number): string[] {
  return tree.namedChildren(body).flatMap((member) => {
    if (tree.type(member) !== 'field_declaration') return [];
    const text = flat(tree, member, 120);
    const [, type = '', field] = /^([\w: ]+?)\s+(\w+);$/.exec(text) ?? [];
    return field !== undefined && scalar.test(type) ? [field] : [];
  });
}

/** `std::string_view v = make();` where what is made ends with the statement. */
function viewsTemporary({ tree }: Context, node: number): boolean {
  const [, value = ''] =
    /^(?:const\s+)?(?:std::)?string_view\s+\w+\s*[={(]\s*(.*?)\s*[)}]?;$/.exec(
      flat(tree, node, 200),
    ) ??
    /^(?:const\s+)?(?:char|auto)\s*\*\s*(?:const\s+)?\w+\s*=\s*\(?(.*?)\)?\.(?:c_str|data)\(\);$/.exec(
      flat(tree, node, 200),
    ) ??
    [];
  if (value === '') return false;
  if (
    /^(std::)?(string|to_string)\(|\.str\(\)$|\.substr\(.*"\s*\+|"\s*\+\s*\w|\w\s*\+\s*"/.test(
      value,
    )
  )
    return true;
  const called = /^(\w+)\([^()]*\)?$/.exec(value)?.[1];
  return called !== undefined && new RegExp(`\\bstd::string\\s+${called}\\s*\\(`).test(tree.source);
}

/** The variable that a statement adds to, or undefined. */
function counted(text: string): string | undefined {
  return (
    /^(\w+)\s*(?:\+\+|--|[-+]=)/.exec(text)?.[1] ??
    /^(?:\+\+|--)(\w+)$/.exec(text)?.[1] ??
    /^(\w+)\s*=\s*\(?\1\s*[-+]/.exec(text)?.[1]
  );
}

const locked = /\bsynchronized\b|\block\s*\(|\.lock\(/;

/** A method of an object counts in a field that all objects, and so all threads, share. */
function countsShared(context: Context, node: number): boolean {
  const { tree } = context;
  const name = counted(flat(tree, node, 80));
  const unit = unitOf(context, node);
  if (name === undefined || unit === null || unit.closure) return false;
  if (/\bstatic\b/.test(headerText(tree, unit.node))) return false;
  const field = new RegExp(`\\bstatic\\s+(int|long|short|Integer|Long)\\s+${name}\\b[^;(]*;`);
  if (!field.test(tree.source) || locked.test(tree.excerpt(unit.node, 4_000))) return false;
  const own = [...below(tree, unit.node)].filter((at) => tree.kind(at) === 'declarator');
  return !own.some((at) => tree.excerpt(at, 40).startsWith(`${name} `));
}

/** Classes whose objects are cut off, half made or share what they should not. */
export const classDetectors: Detector[] = [
  {
    rule: 'sliced-object',
    kinds: ['call'],
    method: /^(push_back|emplace_back|push_front|insert)$/,
    needs: /\bvirtual\b/,
    test: slices,
  },
  {
    rule: 'sliced-object',
    kinds: ['type:parameter_declaration'],
    needs: /\bvirtual\b/,
    test: takesSliced,
  },
  {
    rule: 'virtual-in-constructor',
    kinds: ['call'],
    needs: /\b(virtual|abstract)\b/,
    test: callsVirtual,
  },
  { rule: 'unset-member', kinds: ['class'], test: leavesUnset },
  {
    rule: 'dangling-view',
    kinds: ['type:declaration'],
    needs: /\bstring_view\b|\.(c_str|data)\(\)/,
    test: viewsTemporary,
  },
  {
    rule: 'unguarded-counter',
    kinds: [
      'assignment',
      'augmented',
      'type:update_expression',
      'type:postfix_unary_expression',
      'type:prefix_unary_expression',
    ],
    needs: /\bstatic\s+(int|long|short|Integer|Long)\b/,
    test: countsShared,
  },
];
