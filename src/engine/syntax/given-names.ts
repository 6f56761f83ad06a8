import type { FullLanguage } from '../facts.ts';
import { headerText } from './headers.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import type { Unit } from './units.ts';

/** Names that a language or its standard library asks for. */
const required: Partial<Record<FullLanguage, RegExp>> = {
  python:
    /^(__\w+__|(async)?(setUp|tearDown)(Class|Module)?|asyncSetUp|asyncTearDown|runTest|do_[A-Z]+|visit_\w+|\w+Event|addCleanup|formatTime|formatException|maxDiff)$/,
  ruby: /^(initialize|to_\w{1,3}|each|hash|eql\?|coerce|inspect|respond_to_missing\?|method_missing|\W+)$/,
  php: /^__\w+$/,
  go: /^(String|Error|ServeHTTP|Len|Less|Swap|init|main)$/,
  cpp: /^(main|operator.*|~.*)$/,
};

/** Whether an author could not choose a function's name: it overrides, implements or is called by the language. */
export function isGiven(tree: SyntaxTree, unit: Unit): boolean {
  if (unit.closure) return false;
  const { language } = tree.table;
  if (required[language]?.test(unit.name) === true) return true;
  if (language === 'rust') return isTraitMember(tree, unit.node);
  return /@Override\b|@override\b|\boverride\b|#\[\\?Override/.test(headerText(tree, unit.node));
}

/** In `impl Trait for Type` the names are the trait's. */
function isTraitMember(tree: SyntaxTree, node: number): boolean {
  const holder = tree.parentOf(tree.parentOf(node));
  return holder >= 0 && tree.type(holder) === 'impl_item' && tree.field(holder, 'trait') >= 0;
}

/** `w http.ResponseWriter`, `f: &mut fmt::Formatter`, `EventArgs e`: short for the type that stands beside. */
export function isNamedByType(tree: SyntaxTree, unit: Unit, name: string): boolean {
  if (unit.parameters < 0 || !/^[a-z]+$/.test(name)) return false;
  const parameter = tree.namedChildren(unit.parameters).find((child) => {
    const text = tree.excerpt(child, 200);
    return text.includes(name) && new RegExp(`\\b${name}\\b`).test(text);
  });
  const type = parameter === undefined ? -1 : tree.field(parameter, 'type');
  if (type < 0) return false;
  const last = /([A-Z]\w*)[^\w]*$/.exec(tree.excerpt(type, 120).replace(/<.*$|\[.*\]$/s, ''))?.[1];
  if (last === undefined || last.length <= name.length) return false;
  const initials = (last.match(/[A-Z]/g) ?? []).join('').toLowerCase();
  return initials.includes(name) || last.toLowerCase().startsWith(name);
}

/** `T = TypeVar("T")` and its like: a letter by convention. */
export function isTypeVariable(tree: SyntaxTree, node: number): boolean {
  if (tree.table.language !== 'python' || tree.kind(node) !== 'assignment') return false;
  const value = tree.field(node, 'right');
  return (
    value >= 0 &&
    /^([\w.]+\.)?(TypeVar|ParamSpec|TypeVarTuple|NewType)\(/.test(tree.excerpt(value, 60))
  );
}
