import { algorithmsIn, placesOfWords } from './algorithms.ts';
import type { FullLanguage } from '../../facts.ts';
import type { IdiomFacts } from '../../pattern-facts.ts';
import { bindingTarget } from '../bindings.ts';
import { callAt } from '../calls.ts';
import { memoize } from '../../memoize.ts';
import { headerText } from '../headers.ts';
import { nodesOf, nodesWhere } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';
import { selfOf } from '../recursion.ts';
import type { Unit } from '../units.ts';
import { codeText, type Context } from './context.ts';

/** Characters of a function that are looked at for algorithms. */
const bodyCharacters = 6_000;
/** Places kept of one idiom. */
const placesAtMost = 10;

type Idiom = [name: string, pattern: RegExp];

/** Told by the name of a call, with what stands before it. */
const calls: Idiom[] = [
  [
    'heap',
    /^(heapq\.\w+|heappush|heappop|PriorityQueue|BinaryHeap\.\w+|SplPriorityQueue|SplMinHeap|SplMaxHeap|heap\.(Push|Pop|Init)|std\.priority_queue|MinHeap|MaxHeap)$/,
  ],
  ['deque', /^(collections\.)?(deque|ArrayDeque|VecDeque\.\w+|SplQueue)$/],
  ['map_reduce', /^([\s\S]*\.)?(reduce|fold|Aggregate|array_reduce|inject)$/],
  // Each is half of a pattern.
  ['emits', /^([\s\S]*\.)?(emit|publish|dispatchEvent)$/],
  ['listens', /^([\s\S]*\.)?(addEventListener|addListener|subscribe|on|once|on_event)$/],
  [
    'concurrency',
    /^(asyncio\.gather|Promise\.(all|allSettled|race|any)|Task\.(WhenAll|WhenAny|Run)|threading\.Thread|ThreadPoolExecutor|ProcessPoolExecutor|Executors\.\w+|CompletableFuture\.\w+|thread\.spawn|tokio\.spawn|std\.thread|std\.async|Thread\.new|Parallel\.\w+|errgroup\.\w+|join_all)$/,
  ],
  ['memoisation', /^(functools\.)?(lru_cache|memoize|useMemo)$/],
  ['schema_validation', /^(Joi\.\w+|yup\.\w+|marshmallow\.\w+|ajv\.compile)$/],
  [
    'binary_search',
    /^(bisect(\.\w+)?|bisect_left|bisect_right|Arrays\.binarySearch|Collections\.binarySearch|sort\.Search\w*|slices\.BinarySearch\w*|std\.(lower_bound|upper_bound|binary_search)|bsearch|[\s\S]*\.binary_search\w*)$/,
  ],
  [
    'structured_logging',
    /^(logger|log|logging|_logger|LOGGER|slog|this\.logger|this\.log|tracing)\.(info|warn|warning|error|debug|exception|Info|Warn|Error|LogInformation|LogError|LogWarning)$/,
  ],
  [
    'http_server',
    /^(app|router|server|r|mux|http|e|api)\.(get|post|put|delete|patch|GET|POST|PUT|DELETE|HandleFunc|Handle|route|listen|MapGet|MapPost)$|^https?\.createServer$/,
  ],
  ['retry', /^(retry|withRetry|backoff\.\w+|tenacity\.\w+|Policy\.Handle)$/],
];

/** Told by decorators, annotations and attributes. */
const headers: Idiom[] = [
  ['memoisation', /@(functools\.)?(lru_cache|cache|cached|cached_property|memoize)\b|@Cacheable/],
  ['dependency_injection', /@(Inject|Autowired|Injectable)\b/],
  [
    'http_server',
    /@(app|router|api|bp)\.(get|post|put|delete|route)\b|@(Get|Post|Put|Delete|Request)Mapping\b|\[Http(Get|Post|Put|Delete)/,
  ],
  ['property', /@property\b/],
  ['static_method', /@(staticmethod|classmethod)\b/],
];

/** Told by what decorates a class. */
const decorations: Idiom[] = [
  ['dependency_injection', /^@(Injectable|inject)\b/],
  ['dataclass', /^@((dataclasses|attr|attrs)\.)?(dataclass|Data|define)\b/],
];

/** Idioms and algorithms by structure; comments and strings are never looked at. */
export function findIdioms(context: Context): IdiomFacts[] {
  const found = new Map<string, number[]>();
  const add = (idiom: string, node: number): void => {
    const lines = found.get(idiom) ?? [];
    const line = context.tree.startLine(node);
    if (lines.length < placesAtMost && !lines.includes(line)) lines.push(line);
    found.set(idiom, lines);
  };
  addNodes(context, add);
  const algorithmic = unitsAround(placesOfWords(context.tree.source), context);
  const recursive = recursiveUnits(context);
  for (const [index, unit] of context.units.list.entries()) {
    addHeader(context, unit, add);
    if (algorithmic[index] === 1) addAlgorithms(context, unit, add);
    if (recursive[index] === 1) add('recursion', unit.node);
  }
  const emits = found.get('emits');
  const listens = found.get('listens');
  if (emits !== undefined && listens !== undefined) found.set('pub_sub', emits);
  found.delete('emits');
  found.delete('listens');
  return [...found]
    .flatMap(([idiom, lines]) => lines.map((line) => ({ idiom, line })))
    .sort((a, b) => a.line - b.line || (a.idiom < b.idiom ? -1 : 1));
}

type Add = (idiom: string, node: number) => void;

const mayShow = nodesWhere(
  (kind, type) =>
    kind === 'call' ||
    kind === 'new' ||
    isAnnotation(type) ||
    Object.hasOwn(kind === undefined ? byType : byKind, kind ?? type),
);

function addNodes(context: Context, add: Add): void {
  const { tree } = context;
  for (const node of mayShow(tree)) {
    const kind = tree.kind(node);
    const simple = kind === undefined ? byType[tree.type(node)] : byKind[kind];
    // Attributes and annotations of other languages only mark; they decorate nothing.
    const marks = simple === 'decorator' && !decorating.has(tree.table.language);
    if (simple !== undefined && !marks && isMeant(tree, node, simple)) add(simple, node);
    if (kind === 'decorator' || isAnnotation(tree.type(node))) addDecoration(tree, node, add);
    if (kind === 'call' || kind === 'new') addCall(context, node, add);
  }
}

const decorating = new Set<string>(['python', 'typescript', 'tsx', 'javascript']);

/** Java's and C#'s have types of their own. */
function isAnnotation(type: string): boolean {
  return type === 'annotation' || type === 'marker_annotation';
}

function addDecoration(tree: SyntaxTree, node: number, add: Add): void {
  const text = tree.excerpt(node, 80);
  for (const [idiom, pattern] of decorations) if (pattern.test(text)) add(idiom, node);
}

/** Ruby's `yield` calls a block, a worker that says it is done frees nothing, and lifetimes make no type general. */
function isMeant(tree: SyntaxTree, node: number, idiom: string): boolean {
  if (idiom === 'generator') return tree.table.language !== 'ruby';
  if (idiom === 'context_manager') return !/^defer \w+\.Done\(\)/.test(tree.excerpt(node, 80));
  return idiom !== 'generic_types' || /\w/.test(tree.excerpt(node, 200).replaceAll(/'\w+/g, ''));
}

const byKind: Record<string, string> = {
  await: 'async_await',
  yield: 'generator',
  comprehension: 'comprehension',
  resource: 'context_manager',
  decorator: 'decorator',
};

const byType: Record<string, string> = {
  defer_statement: 'context_manager',
  go_statement: 'concurrency',
  select_statement: 'channels',
  send_statement: 'channels',
  type_parameters: 'generic_types',
  type_parameter_list: 'generic_types',
  template_parameter_list: 'generic_types',
  spread_element: 'spread',
  object_pattern: 'destructuring',
  array_pattern: 'destructuring',
  switch_rule: 'pattern_matching',
  match_block: 'pattern_matching',
  case_pattern: 'pattern_matching',
  in_clause: 'pattern_matching',
  switch_expression_arm: 'pattern_matching',
  query_expression: 'linq',
};

/** A letter is a name of much else: where the library is at home it is imported under it. */
const zod =
  /^z\.(object|strictObject|string|number|boolean|array|enum|union|record|literal|tuple)$/;

function addCall({ tree }: Context, node: number, add: Add): void {
  const text = plainName(callAt(tree, node).spelled);
  for (const idiom of idiomsByName(text)) add(idiom, node);
  if (scripts.has(tree.table.language) && zod.test(text)) add('schema_validation', node);
  if (tables[tree.table.language]?.test(text) === true && isLookedUp(tree, node))
    add('hash_lookup', node);
  // Of Go's maps it does not tell what they are there for: there is nothing else to keep records by.
  if (tree.table.language === 'go' && /^(make\()?map\[/.test(tree.excerpt(node, 12)))
    add('map', node);
}

function plainName(text: string): string {
  return /[:>$]/.test(text) ? text.replace(/::|->/g, '.').replace(/\$/g, '') : text;
}

const idiomsByName = memoize((text) =>
  calls.filter(([, pattern]) => pattern.test(text)).map(([idiom]) => idiom),
);

/** What makes a hash table; a name of another language means something else (`set :port, 80`). */
const tables: Partial<Record<FullLanguage, RegExp>> = {
  python: /^(set|dict|frozenset|(collections\.)?(Counter|defaultdict|OrderedDict))$/,
  javascript: /^(Set|Map|WeakMap|WeakSet)$/,
  typescript: /^(Set|Map|WeakMap|WeakSet)$/,
  tsx: /^(Set|Map|WeakMap|WeakSet)$/,
  java: /^(Linked)?Hash(Set|Map)$|^(TreeSet|TreeMap|ConcurrentHashMap|EnumMap)$/,
  csharp: /^(HashSet|Dictionary|SortedDictionary|ConcurrentDictionary)$/,
  rust: /^(HashSet|HashMap|BTreeMap|BTreeSet)\.(new|with_capacity|from)$/,
  ruby: /^(Set|Hash)\.new$/,
};

/** Characters after a table is made in which it has to be looked up. */
const lookUpReach = 6_000;

/** A structure fits the access pattern only where something is looked up in it. */
function isLookedUp(tree: SyntaxTree, node: number): boolean {
  let at = node;
  for (let up = 0; up < 4 && at >= 0; up += 1, at = tree.parentOf(at)) {
    const kind = tree.kind(at);
    if (kind !== 'assignment' && kind !== 'declarator' && kind !== 'field') continue;
    const target = bindingTarget(tree, at);
    const name = /([\w$]+)\W*$/.exec(target < 0 ? '' : tree.excerpt(target, 80))?.[1];
    if (name === undefined) return false;
    const from = tree.stop[at] ?? 0;
    return holdsLookUp(tree.source.slice(from, from + lookUpReach), name);
  }
  return tree.kind(tree.parentOf(node)) === 'binary';
}

const asked =
  /\s*(?:\??(?:\.|->)(?:has|get|contains\w*|Contains\w*|include\?|key\?|member\?|TryGetValue|entry|getOrDefault|setdefault)\b|\[)/y;
const belongs = /\bin\s+(?:self\.)?$/;

/** `seen.has(x)`, `seen[x]` or `x in seen`. */
function holdsLookUp(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const end = at + name.length;
    if (/[\w$]/.test(text.charAt(at - 1))) continue;
    asked.lastIndex = end;
    if (asked.test(text)) return true;
    if (!/[\w$]/.test(text.charAt(end)) && belongs.test(text.slice(Math.max(0, at - 12), at)))
      return true;
  }
  return false;
}

function addHeader({ tree }: Context, unit: Unit, add: Add): void {
  const header = headerText(tree, unit.node);
  if (!/[@[]/.test(header)) return;
  for (const [idiom, pattern] of headers) if (pattern.test(header)) add(idiom, unit.node);
}

function addAlgorithms({ tree }: Context, unit: Unit, add: Add): void {
  const body = codeText(tree, unit.node, bodyCharacters);
  if (body !== null) for (const idiom of algorithmsIn(body, unit.name)) add(idiom, unit.node);
}

/** 1 for each unit that one of some places (offsets in order) stands in, by its index. */
function unitsAround(places: Int32Array, { tree, units }: Context): Uint8Array {
  const around = new Uint8Array(units.list.length);
  let first = 0;
  for (const [index, { node }] of units.list.entries()) {
    // Units are in source order, too.
    while (first < places.length && places[first]! < tree.start[node]!) first += 1;
    if (first < places.length && places[first]! < tree.stop[node]!) around[index] = 1;
  }
  return around;
}

/** Where a method is only called on something, the bare name is a function of the same name. */
const qualified = new Set<FullLanguage>([
  'python',
  'javascript',
  'typescript',
  'tsx',
  'php',
  'rust',
]);
/** A method of the same name with other parameters is another one. */
const overloading = new Set<FullLanguage>(['java', 'csharp', 'cpp']);
const scripts = new Set<FullLanguage>(['javascript', 'typescript', 'tsx']);

function reachesItself(tree: SyntaxTree, unit: Unit, call: number): boolean {
  const { language } = tree.table;
  if (unit.owner === null || !qualified.has(language)) return true;
  const { qualifier } = callAt(tree, call);
  // `URI.build(this)` in a method `build` is the static one.
  return qualifier !== null && !(scripts.has(language) && qualifier === unit.owner);
}

const callsOf = nodesOf('call');

/** 1 for each unit that calls itself, by its index; a unit inside of it answers for itself. */
function recursiveUnits({ tree, units }: Context): Uint8Array {
  const found = new Uint8Array(units.list.length);
  const overloads = overloading.has(tree.table.language);
  const selves = units.list.map((unit) => selfOf(tree, unit, overloads));
  for (const call of callsOf(tree)) {
    const index = units.of[call]!;
    if (index < 0 || found[index] === 1) continue;
    const unit = units.list[index]!;
    const isInBody = call >= unit.body;
    if (isInBody && selves[index]!.isRecursiveCall(call) && reachesItself(tree, unit, call))
      found[index] = 1;
  }
  return found;
}
