import { cyclomaticOf } from '#src/engine/syntax/cyclomatic.ts';
import { cognitiveOf } from '#src/engine/syntax/cognitive.ts';
import { cognitiveDialects, cyclomaticDialects } from '#src/engine/syntax/dialects.ts';
import type { Grammars } from '#src/engine/syntax/grammars.ts';
import { parseSource } from '#src/engine/syntax/parse.ts';
import { selfOf } from '#src/engine/syntax/recursion.ts';
import type { SyntaxTree } from '#src/engine/syntax/syntax-tree.ts';
import { findUnits, type Unit } from '#src/engine/syntax/units.ts';
import type { CountCase, CountedFile, GroundTruth } from './data.ts';
import { rowOf, type Row, type RowFacts } from './rows.ts';
import { shareOfTrue } from './statistics.ts';

const tables: { id: string; goal: number; of: (one: CountCase) => boolean }[] = [
  {
    id: 'table_radon',
    goal: 1,
    of: (one) => one.dialect === 'radon' && one.desc.includes('block put into a function'),
  },
  { id: 'table_gocyclo', goal: 1, of: (one) => one.dialect === 'gocyclo' },
  { id: 'table_pmd_cyclomatic', goal: 25 / 26, of: isOf('pmd', 'cyclomatic') },
  { id: 'table_pmd_cognitive', goal: 1, of: isOf('pmd', 'cognitive') },
  { id: 'table_gocognit', goal: 1, of: isOf('gocognit', 'cognitive') },
  { id: 'table_melevir', goal: 26 / 27, of: isOf('melevir', 'cognitive') },
];

function isOf(dialect: string, metric: string): (one: CountCase) => boolean {
  return (one) => one.dialect === dialect && one.metric === metric;
}

/** Share of the values of other tools that come out equal under their dialect. */
export function countRows({ counts, bulk }: GroundTruth, grammars: Grammars): Row[] {
  const rows = tables.map(({ id, goal, of }) =>
    rowOf(
      factsOf(id, goal, 'published test tables of the tool'),
      counts.filter(of).map((one) => countOf(one, grammars) === one.expected),
      shareOfTrue,
    ),
  );
  const bulkRows = bulkGoals.map(([tool, language, goal]) => {
    const files = bulk.filter((file) => file.tool === tool && file.language === language);
    const equal = files.flatMap((file) => equalCounts(file, grammars));
    const facts = factsOf(`bulk_${tool}_${language}`, goal, 'the tool run over whole repositories');
    return rowOf(facts, equal, shareOfTrue);
  });
  return [...rows, ...bulkRows].filter((row) => row !== null);
}

const bulkGoals: [tool: string, language: string, goal: number][] = [
  ['radon', 'python', 0.999],
  ['lizard', 'go', 0.98],
  ['lizard', 'python', 0.99],
  ['lizard', 'java', 0.98],
];

function factsOf(id: string, goal: number, source: string): RowFacts {
  return {
    id,
    what: 'complexity of functions equal to the value of the tool, by the counting rules of that tool',
    statistic: 'share_equal',
    goal,
    ceiling: null,
    fit: 'counting rules are read off the tool',
    source,
  };
}

function countOf(one: CountCase, grammars: Grammars): number | null {
  const tree = parseSource(one.code, one.language, grammars);
  const unit = tree === null ? undefined : unitAt(tree, one.name, one.line ?? 1);
  if (tree === null || unit === undefined) return null;
  if (one.metric === 'cyclomatic') {
    return cyclomaticOf(tree, unit.node, rulesOf(one.dialect));
  }
  const rules = cognitiveDialects[one.dialect as keyof typeof cognitiveDialects];
  const { increments } = cognitiveOf(tree, unit.node, rules, selfOf(tree, unit, rules.overloads));
  return increments.reduce((sum, { points }) => sum + points, 0);
}

function rulesOf(dialect: string): (typeof cyclomaticDialects)[keyof typeof cyclomaticDialects] {
  return cyclomaticDialects[dialect as keyof typeof cyclomaticDialects];
}

function equalCounts(file: CountedFile, grammars: Grammars): boolean[] {
  const tree = parseSource(file.content, file.language, grammars);
  if (tree === null) return file.functions.map(() => false);
  const rules = rulesOf(file.tool);
  return file.functions.map(({ name, line, cyclomatic }) => {
    const unit = unitAt(tree, name, line);
    const nodes = name === '' ? closuresOn(tree, line) : unit === undefined ? [] : [unit.node];
    return nodes.some((node) => cyclomaticOf(tree, node, rules) === cyclomatic);
  });
}

/** Functions without a name that begin on a line. */
function closuresOn(tree: SyntaxTree, line: number): number[] {
  const found: number[] = [];
  for (let node = 0; node < tree.size; node += 1) {
    if (tree.kind(node) === 'closure' && tree.startLine(node) === line) found.push(node);
  }
  return found;
}

/** The unit of that name nearest to the line, else the innermost around it. */
function unitAt(tree: SyntaxTree, name: string, line: number): Unit | undefined {
  const distance = (unit: Unit): number => Math.abs(tree.startLine(unit.node) - line);
  const units = findUnits(tree).list.toSorted((a, b) => distance(a) - distance(b));
  const around = units.find(
    (unit) => tree.startLine(unit.node) <= line && tree.endLine(unit.node) >= line,
  );
  return units.find((unit) => unit.name === name || unit.name.endsWith(name)) ?? around;
}
