import { escaped } from './escaped.ts';
import type { FullLanguage, IdiomFacts } from '../../facts.ts';
import { callAt } from '../calls.ts';
import { headerText } from '../headers.ts';
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
  ['pub_sub', /^([\s\S]*\.)?(addEventListener|subscribe|emit|publish|dispatchEvent|on_event)$/],
  [
    'concurrency',
    /^(asyncio\.gather|Promise\.(all|allSettled|race|any)|Task\.(WhenAll|WhenAny|Run)|threading\.Thread|ThreadPoolExecutor|ProcessPoolExecutor|Executors\.\w+|CompletableFuture\.\w+|thread\.spawn|tokio\.spawn|std\.thread|std\.async|Thread\.new|Parallel\.\w+|errgroup\.\w+|join_all)$/,
  ],
  ['memoisation', /^(functools\.)?(lru_cache|memoize|useMemo)$|\.(computeIfAbsent|GetOrAdd)$/],
  ['schema_validation', /^(z\.\w+|Joi\.\w+|yup\.\w+|BaseModel|marshmallow\.\w+|ajv\.compile)$/],
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
    /^(app|router|server|r|mux|http|e|api)\.(get|post|put|delete|patch|GET|POST|PUT|DELETE|HandleFunc|Handle|route|listen|MapGet|MapPost)$/,
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
  ['dataclass', /@(dataclasses\.)?dataclass\b|@Data\b/],
  ['property', /@property\b/],
  ['static_method', /@(staticmethod|classmethod)\b/],
  ['generic_types', /<\s*[A-Z]\w*(\s+extends\b|\s*[,>:])/],
];

/**
 * Told by the whole of one function: all steps, one after the other. Each needs its structure, so a
 * name alone never does. Steps are searched one by one, since one pattern with `[\s\S]*` between them
 * takes cubic time on a function that repeats its beginning.
 */
const bodies: [name: string, ...steps: RegExp[]][] = [
  [
    'binary_search',
    /\b(mid|middle)\w*\s*:?=\s*[^;\n]{0,200}?(\/\/?\s*2|>>>?\s*1|div_euclid)/g,
    /\b(low|lo|left|start|high|hi|right|end)\w*\s*=\s*\$?(mid|middle)/g,
  ],
  [
    'queue_bfs',
    /(while|for|loop|until)\b[^\n]{0,200}\b\$?(queue|q|frontier|pending)\b/gi,
    /popleft|shift\(|pop\(0\)|poll\(|Dequeue|pop_front|array_shift|\.shift\b|\[0\]|front\(\)/gi,
    /append|push|push_back|add|offer|Enqueue|enqueue|<</gi,
  ],
  [
    'stack_dfs',
    /(while|for|loop|until)\b[^\n]{0,200}\b\$?(stack|todo)\b/g,
    /(pop|Pop|array_pop|pop_back)\b/g,
    /append|push|Push|push_back|extend|<</g,
  ],
  [
    'dynamic_programming',
    /\b(dp|table|memo|best|cost|ways)\w*(\[[^\]\n]{1,80}\]){1,3}\s*[+*]?=[^=\n]{0,200}?\b(dp|table|memo|best|cost|ways)\w*\[[^\]\n]{0,80}[-+]/g,
  ],
  [
    'two_pointers',
    /while\s*\(?\s*\$?(left|l|lo|i|start)\s*<=?\s*\$?(right|r|hi|j|end)\b/g,
    /\b(left|l|lo|i|start)\s*(\+=\s*1|\+\+)/g,
    /\b(right|r|hi|j|end)\s*(-=\s*1|--)/g,
  ],
  [
    'memoisation',
    /\b(cache|memo)\w*(\.(has|get|contains\w*|key\?|containsKey)\(|\[[^\]\n]{1,80}\])/g,
    /\breturn\b/g,
    /\b(cache|memo)\w*(\[[^\]\n]{1,80}\]\s*=|\.(set|put|insert)\()/g,
  ],
  [
    'retry',
    /(for|while|loop)\b[^\n]{0,200}\b(attempt|retr|tries)\w*/gi,
    /\b(catch|except|rescue|err\b)/gi,
  ],
];

/** Every step is found after the end of the one before. */
function follow(text: string, steps: readonly RegExp[]): boolean {
  let at = 0;
  return steps.every((step) => {
    step.lastIndex = at;
    const found = step.exec(text);
    at = step.lastIndex;
    return found !== null;
  });
}

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
  for (const unit of context.units.list) addUnit(context, unit, add);
  return [...found]
    .flatMap(([idiom, lines]) => lines.map((line) => ({ idiom, line })))
    .sort((a, b) => a.line - b.line || (a.idiom < b.idiom ? -1 : 1));
}

type Add = (idiom: string, node: number) => void;

function addNodes(context: Context, add: Add): void {
  const { tree } = context;
  for (let node = 0; node < tree.size; node += 1) {
    const kind = tree.kind(node);
    const simple = kind === undefined ? byType[tree.type(node)] : byKind[kind];
    // Attributes and annotations of other languages only mark; they decorate nothing.
    const marks = simple === 'decorator' && !decorating.has(tree.table.language);
    if (simple !== undefined && !marks) add(simple, node);
    if (kind === 'call' || kind === 'new') addCall(context, node, add);
  }
}

const decorating = new Set<string>(['python', 'typescript', 'tsx', 'javascript']);

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

function addCall({ tree }: Context, node: number, add: Add): void {
  const call = callAt(tree, node);
  const text = (call.qualifier === null ? call.name : `${call.qualifier}.${call.name}`)
    .replace(/::|->/g, '.')
    .replace(/\$/g, '');
  for (const [idiom, pattern] of calls) if (pattern.test(text)) add(idiom, node);
  if (tables[tree.table.language]?.test(text) === true && isLookedUp(tree, node))
    add('hash_lookup', node);
}

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
    const target = tree.field(at, 'left', 'name', 'pattern', 'declarator');
    const name = /([\w$]+)\W*$/.exec(target < 0 ? '' : tree.excerpt(target, 80))?.[1];
    if (name === undefined) return false;
    const looked = new RegExp(
      `\\b${escaped(name)}\\s*(\\??(\\.|->)(has|get|contains\\w*|Contains\\w*|include\\?|key\\?|member\\?|TryGetValue|entry|getOrDefault|setdefault)\\b|\\[)|\\bin\\s+(self\\.)?${escaped(name)}\\b`,
    );
    const from = tree.stop[at] ?? 0;
    return looked.test(tree.source.slice(from, from + lookUpReach));
  }
  return tree.kind(tree.parentOf(node)) === 'binary';
}

function addUnit(context: Context, unit: Unit, add: Add): void {
  const { tree } = context;
  const header = headerText(tree, unit.node);
  for (const [idiom, pattern] of headers) if (pattern.test(header)) add(idiom, unit.node);
  const body = codeText(tree, unit.node, bodyCharacters);
  for (const [idiom, ...steps] of bodies)
    if (body !== null && follow(body, steps)) add(idiom, unit.node);
  if (callsItself(context, unit)) add('recursion', unit.node);
}

function callsItself({ tree, units }: Context, unit: Unit): boolean {
  const self = selfOf(tree, unit, false);
  const end = tree.endOf(unit.node);
  for (let node = unit.body; node < end;) {
    const inner = units.list[units.of[node] ?? -1];
    if (inner === unit && tree.kind(node) === 'call' && self.isRecursiveCall(node)) return true;
    // A unit inside answers for itself.
    node = inner === unit ? node + 1 : tree.endOf(inner?.node ?? node);
  }
  return false;
}
