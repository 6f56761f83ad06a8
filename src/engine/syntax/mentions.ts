import type { FunctionFacts, TopLevelFacts } from '../facts.ts';
import { deadBranches } from './dead-branches.ts';
import { bare, roleOf } from './name-roles.ts';
import { oncePerType } from './once-per-type.ts';
import type { SyntaxTree } from './syntax-tree.ts';
import {
  changesNames,
  constantCallsIn,
  emptyCallsAndWrites,
  noteUnanswered,
  noteWrites,
  unansweredIn,
  writesOutside,
  type CallsAndWrites,
} from './unanswered.ts';
import { className, type Units } from './units.ts';

/** Names kept per function and per statement outside of functions. */
const namesKept = 2_000;

type UnitMentions = Pick<FunctionFacts, 'mentions' | 'unanswered' | 'constantCalls' | 'writes'>;

export interface Mentions {
  /** What each unit uses itself, by its index. */
  units: UnitMentions[];
  topLevel: TopLevelFacts[];
}

interface Place extends CallsAndWrites {
  names: Set<string>;
  /** Names that are used otherwise than by a call without use of the answer. */
  answered: Set<string>;
  /** Names that the place declares for itself. */
  own: Set<string>;
}

function emptyPlace(own: readonly string[] = []): Place {
  return { ...emptyCallsAndWrites(), names: new Set(), answered: new Set(), own: new Set(own) };
}

interface Statement {
  end: number;
  isClass: boolean;
  facts: TopLevelFacts;
  place: Place;
}

/**
 * Who names whom: what each function uses, and what the statements outside of functions do. Where a name is
 * declared or offered to others (`export { a }`) it is not used, and neither is it in a branch that can't be taken
 * (`if (false)`) or an import.
 */
export function mentionsOf(tree: SyntaxTree, units: Units): Mentions {
  const inUnits = units.list.map(() => emptyPlace());
  const statements: Statement[] = [];
  const never = new Set(deadBranches(tree));
  for (let node = 0; node < tree.size;) {
    if (isSkipped(tree, node) || (never.size > 0 && never.has(node))) {
      node = tree.endOf(node);
      continue;
    }
    const unit = inUnits[units.of[node] ?? -1];
    if (unit) readNode(tree, node, unit);
    else readOutside(tree, node, statements);
    node += 1;
  }
  const places = [...inUnits, ...statements.map(({ place }) => place)];
  const used = new Set<string>();
  for (const { names } of places) for (const name of names) used.add(name);
  const unanswered = (place: Place) => {
    const found = unansweredIn(place, place.answered, (variable) => used.has(variable));
    const constant = constantCallsIn(place);
    return {
      ...(found.length === 0 ? {} : { unanswered: found }),
      ...(constant.length === 0 ? {} : { constantCalls: constant }),
    };
  };
  return {
    units: inUnits.map((place) => ({
      mentions: namesOf(place),
      ...unanswered(place),
      writes: writesOutside(place, tree.table.language),
    })),
    topLevel: statements.map(({ facts, place }) => ({
      ...facts,
      mentions: namesOf(place),
      ...unanswered(place),
    })),
  };
}

function readOutside(tree: SyntaxTree, node: number, statements: Statement[]): void {
  const last = statements.at(-1);
  if (node >= (last?.end ?? 1) && isStatement(tree, node)) statements.push(statementAt(tree, node));
  const open = statements.at(-1);
  if (!open || node >= open.end) return;
  readNode(tree, node, open.place);
  const kind = tree.kind(node);
  // Something happens when the file is loaded, apart from what its functions would do later.
  if ((kind === 'call' || kind === 'new') && !open.isClass) open.facts.runs = true;
}

function namesOf({ names, own }: Place): string[] {
  return [...names].filter((name) => !own.has(name)).slice(0, namesKept);
}

/** Nodes that only hold statements: what stands in them is outside of functions all the same. */
const holders =
  /^(program|source_file|module|translation_unit|compilation_unit|export_statement|namespace_declaration|file_scoped_namespace_declaration|namespace_definition|linkage_specification|preproc_\w+|internal_module|declaration_list|mod_item|statement_block|compound_statement|php_tag|text_interpolation|decorated_definition|type_declaration|template_declaration|ambient_declaration)$/;

/** A statement outside of functions and not merely something that holds such. */
function isStatement(tree: SyntaxTree, node: number): boolean {
  if (!tree.named(node) || tree.kind(node) === 'comment' || isHolder(tree, node)) return false;
  const parent = tree.parentOf(node);
  return parent < 0 || isHolder(tree, parent);
}

const isHolder = oncePerType((tree, node) => holders.test(tree.type(node)));

function statementAt(tree: SyntaxTree, node: number): Statement {
  const head = tree.excerpt(node, 40);
  const around = tree.parentOf(node) < 0 ? '' : tree.excerpt(tree.parentOf(node), 40);
  const exports = /^(module\s*\.\s*)?exports\b/.test(head) || /^export\s+default\b/.test(around);
  // `export const routes = { list: () => … }` offers what stands in it, and can be named all the same.
  const offers = /^export\s+(?:const|let|var)\b/.test(around);
  const names =
    tree.kind(node) === 'class' ? [className(tree, node)] : declaredBy(tree, node).slice(0, 50);
  const isImpl = tree.type(node) === 'impl_item';
  return {
    end: tree.endOf(node),
    isClass: tree.kind(node) === 'class',
    place: emptyPlace(names),
    facts: {
      names: exports ? [] : names,
      startLine: tree.startLine(node),
      endLine: tree.endLine(node),
      mentions: [],
      exports: exports || offers,
      runs: !exports && names.length === 0 && !isImpl && tree.kind(node) !== 'function',
    },
  };
}

/** Names that a statement binds: `const a = …`, `a = …`, `type A = …`. */
function declaredBy(tree: SyntaxTree, node: number): string[] {
  const names: string[] = [];
  const end = Math.min(tree.endOf(node), node + 40);
  for (let at = node; at < end; at += 1) {
    const kind = tree.kind(at);
    const type = tree.type(at);
    if (kind === 'function' || kind === 'closure') break;
    if (kind === 'declarator' || kind === 'assignment' || /_alias|type_item|type_spec/.test(type)) {
      const target = tree.field(at, 'name', 'left', 'pattern', 'declarator');
      if (target >= 0 && tree.kind(target) === 'identifier') names.push(bare(tree, target));
    }
  }
  return names;
}

function isSkipped(tree: SyntaxTree, node: number): boolean {
  const answer = skips(tree, node);
  // PHP takes a trait into a class by the word that imports a name elsewhere.
  return answer === 'outside of classes' ? tree.above(node, 'class') < 0 : answer;
}

const skips = oncePerType((tree, node) => {
  const kind = tree.kind(node);
  if (kind === 'import' || kind === 'comment') return true;
  const type = tree.type(node);
  return type === 'use_declaration' ? 'outside of classes' : skippedTypes.has(type);
});

const skippedTypes = new Set([
  'export_clause',
  'preproc_include',
  'namespace_use_declaration',
  'package_declaration',
  'package_clause',
]);

function readNode(tree: SyntaxTree, node: number, place: Place): void {
  if (!tells(tree, node)) return;
  const kind = tree.kind(node);
  if (kind === 'parameters') {
    for (const name of parameterNames(tree, node)) {
      place.own.add(name);
      place.declared.add(name);
    }
  }
  noteWrites(tree, node, place);
  if (tree.type(node) === 'simple_symbol') return add(place.names, tree.text(node).slice(1));
  if (kind !== 'identifier' || !tree.isLeaf(node)) return;
  const name = bare(tree, node);
  const role = roleOf(tree, node);
  if (role === 'use') {
    add(place.names, name);
    if (!noteUnanswered(tree, node, name, place)) add(place.answered, name);
  } else if (role === 'own') place.own.add(name);
}

/** Whether a node of this type names or writes anything: most do not. */
const tells = oncePerType((tree, node) => {
  const kind = tree.kind(node);
  const isNamed = kind === 'parameters' || kind === 'identifier';
  return isNamed || tree.type(node) === 'simple_symbol' || changesNames(tree, node);
});

function add(names: Set<string>, name: string): void {
  if (name !== '' && name.length <= 120 && names.size < namesKept) names.add(name);
}

function parameterNames(tree: SyntaxTree, node: number): string[] {
  const names: string[] = [];
  for (const child of tree.namedChildren(node)) {
    const name =
      tree.kind(child) === 'identifier'
        ? child
        : tree.field(child, 'name', 'pattern', 'declarator');
    if (name >= 0 && tree.isLeaf(name)) names.push(bare(tree, name));
  }
  return names;
}
