import { argumentNodes, callAt, fullName } from '../../calls.ts';
import { headerText } from '../../headers.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import type { Detector } from '../context.ts';
import { escaped } from '../escaped.ts';
import { madeOf } from './name-index.ts';
import { below, flat } from './shapes.ts';

/** A helper of the class body itself, which is used up before there is an object. */
function isCalledInClassBody(tree: SyntaxTree, node: number): boolean {
  const body = tree.parentOf(node);
  const name = tree.excerpt(tree.field(node, 'name'), 80);
  return [...below(tree, body)].some(
    (at) => tree.kind(at) === 'call' && callAt(tree, at).name === name,
  );
}

/** Mistakes that Python's own linters agree on. */
const selves = /^(_*self\d?|_*cls|mcs|mcls|metacls|klass|this|_+|\*.*)$/;

/** The first parameter of a method, which the object is given to, is used for something else: `sum(items)`. */
function takesForSelf(tree: SyntaxTree, node: number, first: number): boolean {
  const named = tree.type(first) === 'typed_parameter' ? first + 1 : first;
  if (tree.kind(named) !== 'identifier') return false;
  const name = tree.text(named);
  const holder = headerText(tree, tree.parentOf(tree.parentOf(node)));
  const method = tree.text(tree.field(node, 'name'));
  if (
    selves.test(name) ||
    method.startsWith('__') ||
    /Protocol|Interface|zope|Meta\b|type\)/.test(holder)
  )
    return false;
  const body = tree.excerpt(tree.field(node, 'body'), 8_000);
  return !new RegExp(`\\b${name}\\.`).test(body) && new RegExp(`\\b${name}\\b`).test(body);
}

export const pythonDetectors: Detector[] = [
  {
    rule: 'bare-except',
    kinds: ['catch'],
    test: ({ tree }, node) =>
      tree.table.language === 'python' &&
      /^except\s*:/.test(tree.excerpt(node, 12)) &&
      !/\braise\b|sys\.exit|os\._exit/.test(tree.excerpt(node, 2_000)),
  },
  {
    rule: 'bare-except',
    kinds: ['catch'],
    test: ({ tree }, node) =>
      tree.table.language === 'ruby' &&
      /^rescue\s+Exception\s*(\n|$|=>\s*\w+\s*\n)/.test(tree.excerpt(node, 30)) &&
      !/\braise\b|backtrace/.test(tree.excerpt(node, 2_000)),
  },
  {
    rule: 'wrong-except',
    kinds: ['catch'],
    test: ({ tree }, node) => /^except\s+\(?\w+\s+or\s+\w+/.test(tree.excerpt(node, 80)),
  },
  {
    rule: 'call-in-default',
    kinds: ['type:default_parameter', 'type:typed_default_parameter'],
    test: ({ tree }, node) =>
      /^((datetime\.)?datetime\.(now|utcnow|today)|(datetime\.)?date\.today|time\.(time|monotonic)|uuid\.uuid\d|uuid\d|random\.\w+)\(/.test(
        tree.excerpt(tree.field(node, 'value'), 60),
      ),
  },
  {
    rule: 'assert-on-tuple',
    kinds: ['assert'],
    test: ({ tree }, node) =>
      tree.table.language === 'python' &&
      tree.type(tree.namedChildren(node)[0] ?? -1) === 'tuple' &&
      tree.namedChildren(tree.namedChildren(node)[0] ?? -1).length > 0,
  },
  {
    rule: 'raised-constant',
    kinds: ['throw'],
    test: ({ tree }, node) =>
      /^raise\s+(NotImplemented\b(?!Error)|["'])/.test(tree.excerpt(node, 40)),
  },
  {
    rule: 'missing-self',
    kinds: ['function'],
    test: ({ tree }, node) => {
      const parent = tree.parentOf(tree.parentOf(node));
      const parameters = tree.field(node, 'parameters');
      if (
        tree.table.language !== 'python' ||
        parent < 0 ||
        tree.kind(parent) !== 'class' ||
        parameters < 0
      )
        return false;
      if (tree.type(tree.parentOf(node)) !== 'block' || headerText(tree, node).includes('@'))
        return false;
      const first = tree.namedChildren(parameters)[0];
      if (first === undefined)
        return (
          !/Protocol|Interface|zope|Enum|Meta/.test(headerText(tree, parent)) &&
          tree.text(parameters).replaceAll(/\s/g, '') === '()' &&
          !isCalledInClassBody(tree, node)
        );
      return takesForSelf(tree, node, first) && !isCalledInClassBody(tree, node);
    },
  },
  {
    rule: 'shared-class-attribute',
    kinds: ['assignment'],
    test: ({ tree }, node) => {
      const holder = tree.above(node, 'class', 'function');
      if (tree.table.language !== 'python' || holder < 0 || tree.kind(holder) !== 'class')
        return false;
      const left = tree.field(node, 'left');
      const name = left < 0 ? '' : tree.excerpt(left, 60);
      if (
        !/^[a-z_]\w*$/.test(name) ||
        !/^(\[\s*\]|\{\s*\}|(list|dict|set)\(\))$/.test(flat(tree, tree.field(node, 'right'), 12))
      )
        return false;
      const text = tree.excerpt(holder, 20_000);
      if (
        /^@dataclass|ClassVar/m.test(headerText(tree, holder)) ||
        new RegExp(
          `self\\.${escaped(name)}\\s*(:[^=\\n]+)?=[^=]|cls\\.${escaped(name)}|\\b${tree.excerpt(tree.field(holder, 'name'), 60)}\\.${escaped(name)}`,
        ).test(text)
      )
        return false;
      return new RegExp(
        `self\\.${escaped(name)}(\\.(append|add|update|extend|insert|setdefault|pop|remove)\\(|\\[[^\\]]+\\]\\s*=[^=])`,
      ).test(text);
    },
  },
  {
    rule: 'mutable-default',
    kinds: ['assignment'],
    test: ({ tree }, node) => {
      const holder = tree.above(node, 'class', 'function');
      if (tree.table.language !== 'python' || holder < 0 || tree.kind(holder) !== 'class')
        return false;
      return (
        /@(dataclasses\.)?dataclass/.test(headerText(tree, holder)) &&
        tree.field(node, 'type') >= 0 &&
        /^(\[|\{|(list|dict|set)\()/.test(tree.excerpt(tree.field(node, 'right'), 6))
      );
    },
  },
  {
    rule: 'endless-recursion',
    kinds: ['assignment'],
    test: ({ tree }, node) => {
      const unit = tree.above(node, 'function');
      if (tree.table.language !== 'python' || unit < 0) return false;
      const name = tree.excerpt(tree.field(unit, 'name'), 60);
      return (
        new RegExp(`^self\\.${escaped(name)}\\s*=[^=]`).test(tree.excerpt(node, 100)) &&
        new RegExp(`@${escaped(name)}\\.setter`).test(headerText(tree, unit))
      );
    },
  },
  {
    rule: 'unclosed-resource',
    kinds: ['call'],
    test: ({ tree }, node) => {
      if (tree.table.language !== 'python' || fullName(tree, node) !== 'open') return false;
      const parent = tree.parentOf(node);
      if (tree.kind(parent) === 'loop') return tree.fieldName(node) === 'right';
      const call = tree.type(parent).startsWith('argument') ? tree.parentOf(parent) : -1;
      return (
        call >= 0 &&
        tree.kind(call) === 'call' &&
        /^(json\.load|pickle\.load|yaml\.(safe_)?load|csv\.(reader|DictReader)|list|sum|len|enumerate|sorted|toml\.load|map|filter|json\.dump|pickle\.dump)$/.test(
          fullName(tree, call),
        )
      );
    },
  },
  {
    rule: 'insecure-temp-file',
    kinds: ['call'],
    callee: /^(tempfile\.mktemp|os\.tempnam|std\.tmpnam|tmpnam|mktemp)$/,
    test: () => true,
  },
  {
    rule: 'debug-mode',
    kinds: ['call'],
    method: /^run$/,
    test: (context, node) => {
      const { tree } = context;
      const app = /^(\w+)\.run\(.*\bdebug\s*=\s*True\b/.exec(flat(tree, node, 200))?.[1];
      if (app === undefined || tree.table.language !== 'python') return false;
      return app.startsWith('app') || /^(flask\.)?Flask\(/.test(madeOf(context, node, app));
    },
  },
  {
    rule: 'world-writable',
    kinds: ['call'],
    callee: /(^|\.)(chmod|Chmod|chmodSync|mkdir|umask)$/,
    test: ({ tree }, node) =>
      argumentNodes(tree, node)
        .slice(-2)
        .some((one) => /^(0o?777|0777|S_IRWXO|['"]0?777['"])$/.test(tree.excerpt(one, 12))),
  },
];
