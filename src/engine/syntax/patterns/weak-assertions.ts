import { argumentNodes, callAt } from '../calls.ts';
import { nodesOf } from '../nodes-where.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

/** Characters and levels of an assertion that are read. */
const limits = { text: 400, chain: 10 };

/** Only that something is there, of some type, or runs through: hardly any fault of the code refutes it. */
const existence =
  /\b(toBeDefined|toBeTruthy|toBeInstanceOf|toBeTypeOf|toBeFunction|assert_?is_?not_?none|assert_?is_?not_?null|assert_?not_?null|assert_?not_?nil|not_?null|not_?nil|is_?not_?null|refute_nil|be_truthy|respond_?to|assert_?instance_?of|assert_?is_?instance(of)?|assert_?is_?callable|assert_?internal_?type|assertIs(Array|String|Int|Bool|Object|Callable|Float|Numeric)|be_an?|be_kind_of|be_an_instance_of|be_instance_of|isInstanceOf|isFunction|isCallable|IsType|IsInstanceOf\w*|assertDoesNotThrow|doesNotThrow\w*|notThrows\w*|notNullValue|is_function)\b|\b(not|not_to|to_not)\b[\s.]*(toBeNull|toBeUndefined|toThrow\w*|be_nil|raise_error|be\.(null|undefined))\b|\btypeof\b|\binstanceof\b|\bisinstance\(|\bcallable\(|\bhasattr\(|\bis_callable\(|\bmethod_exists\(|\bfunction_exists\(|(!==?|\bis not|!=)\s*(undefined|null|None|nil|nullptr|NULL)\b|\.to\.(be\.)?(exist|ok|a|an|instanceof|instanceOf|respondTo)\b/i;

/** The kind of an error is named, which is more than that something has a type. */
const expectedType =
  /^assertThat(ThrownBy|ExceptionOfType|Code)\b.*\b(is(Exactly)?InstanceOf|(has|with)Message\w*)\(|\.rejects\.(not\.)?toBeInstanceOf\(\s*(?!Error\s*\))/;

/** What the code gave when it was recorded, whether or not that was right; one that stands in the test can be read. */
const recorded =
  /\b(toMatchSnapshot|toMatchFileSnapshot|toThrowErrorMatchingSnapshot|matchSnapshot|assertMatches\w*Snapshot|assert_match_snapshot|match_snapshot|MatchSnapshot|MatchStandaloneSnapshot)\b|\btoMatchInlineSnapshot\(\s*\)|==\s*snapshot\b/;

/** What is drawn is looked up by what a user sees of it, which is refuted where that is not drawn. */
const lookedUp =
  /\b(get|find|query)(All)?By(Text|Role|LabelText|PlaceholderText|DisplayValue|AltText|Title|TestId|Label|Placeholder|Css|Directive)\(\s*[^)\s]|\bquerySelector(All)?\(\s*['"`]|\bgetElements?By\w+\(\s*['"`]/;

/** Of a call that answers yes or no the truth is the whole answer: `expect(order.valid?).to be_truthy`. */
const answersYesOrNo =
  /^(expect\()?[\w$.@]*\w\?\s*(\([^)]*\))?\)?\s*\.\s*to(_not)?\s+be_truthy|^expect\((await\s+)?([\w$]+\.)*(is|has|can|should|does|was|contains|includes|matches|equals|validate|verify)[A-Z]?\w*\(.*\)\)\.toBeTruthy\(/;

/** Something is said of the value besides that it is there: `assertThat(rows).isNotNull().hasSize(3)`. */
const besides =
  /\.(isEqualTo\w*|isEqualByComparingTo|isSameAs|has\w+|contains\w*|extracting|isTrue|isFalse|isEmpty|isZero|isPositive|isNegative|isGreater\w+|isLess\w+|isBetween|startsWith|endsWith|matches|returns|satisfies|lengthOf|length|equals?|eql|includes?|members|property|match|above|below|within|closeTo)\(/;

/** A value is named besides, as by `isinstance(x, A) and x.total == 3`. */
const concrete = /(\band\b|&&).*(==|>|<|\bin\b)/s;

/** `assert app.run`, `ok(app.run)`: true of nearly anything. A plain name may be a flag that the test itself sets. */
const bareTruth =
  /^(assert|ok|assertTrue|assert_true|assert\.ok|t\.true|t\.ok|t\.truthy|assert!)\s*\(?\s*(?!self\b|this\b|\$this\b)[$\w]+((\.|->|::)[$\w]+)+\s*\)?;?$/;

/**
 * Whether an assertion could be refuted by hardly anything. `is_ok()` of a call with an argument is more than that:
 * it tells which inputs are accepted.
 */
export function isWeakAssertion(tree: SyntaxTree, node: number): boolean {
  const text = saidIn(tree, node);
  const own = tree.excerpt(node, limits.text).replaceAll(/\s+/g, ' ').length;
  if (besides.test(text.slice(own))) return false;
  if (concrete.test(text) || expectedType.test(text) || lookedUp.test(text)) return false;
  if (answersYesOrNo.test(text)) return false;
  if (/\.is_(ok|some)\(\)/.test(text)) return /\(\)\s*\.is_(ok|some)\(\)/.test(text);
  return (
    existence.test(text) ||
    recorded.test(text) ||
    bareTruth.test(text) ||
    isPresenceCheck(tree, node, text)
  );
}

/** `Circle` of `isinstance(shape, Circle)`, `IsType<Circle>(shape)`, `toBeInstanceOf(Circle)`. */
export function typeAsked(tree: SyntaxTree, node: number): string | undefined {
  return ofType
    .exec(saidIn(tree, node))
    ?.slice(1)
    .find((type) => type !== undefined);
}

const ofType =
  /(?:isinstance|assertIsInstance)\([^,]*(?:\([^()]*\))?[^,]*,\s*(?:\w+\.)*([A-Z]\w*)\)|(?:toBeInstanceOf|isInstanceOf|isExactlyInstanceOf|be_an?|be_kind_of|be_an_instance_of|be_instance_of|assertInstanceOf|assertContainsOnlyInstancesOf)[( ]\s*(?:\w+(?:\.|::))*([A-Z]\w*)\b|\b(?:IsType|IsInstanceOf|BeOfType|IsAssignableFrom)<(?:\w+\.)*([A-Z]\w*)>|\binstanceof\s+([A-Z]\w*)/;

/** An error of any kind, or of the kind that every error is of. */
const anyKind =
  /\.(toThrow|toThrowError|throws?)\(\s*\)$|\b(raise_error|raise_exception|must_raise)\s*$|\b(assert_?[rR]aises|raises|assertThrows|ThrowsAny(Async)?|Throws(Async)?|raise_error|expectException|isThrownBy)[(<]\s*\\?(Base)?(Exception|Throwable|Error|StandardError)\b(?!\s*\()/;

/** `throws(() => work())`: names nothing that is expected. */
const thrower = /^(throws|throwsAsync|rejects|Throws|Panics|assertThrows)$/;

/** An assertion that something fails which any crash meets. */
export function isMetByAnyError(tree: SyntaxTree, node: number): boolean {
  if (anyKind.test(wholeOf(tree, node))) return true;
  const { name, qualifier } = callAt(tree, node);
  // `Assert.Throws<ArgumentNullException>(() => …)`; whether it is of every kind was asked.
  if (!thrower.test(name) || /^[\w.]*<[\w.]+>\(/.test(tree.excerpt(node, 200))) return false;
  // Go hands the test over first.
  const least =
    qualifier !== null && /^(assert|require)$/.test(qualifier) && name === 'Panics' ? 2 : 1;
  return argumentNodes(tree, node).length <= least;
}

/** Whether what is expected to fail is called with nothing or with what is missing, `total(null)`. */
export function isGivenNothing(tree: SyntaxTree, node: number): boolean {
  const around = tree.above(node, 'resource', 'function');
  const isBlock = tree.kind(around) === 'resource';
  const top = isBlock ? around : node;
  const inner = callsOf(tree, top + 1, tree.endOf(top)).filter(
    (call) => call !== node && !isMatcher.test(callAt(tree, call).name),
  );
  return inner.every((call) =>
    argumentNodes(tree, call).every((given) => missing.test(tree.excerpt(given, 12))),
  );
}

const callsOf = nodesOf('call');
const missing = /^(null|undefined|None|nil|NULL|void 0)$/;
const isMatcher = /^(toThrow\w*|throws?|raises|expect|assertThrows|Panics|Throws\w*|catch)$/;

/** Each link of `mockMvc.perform(…).andExpect(…).andExpect(…)` asserts by itself. */
function saidIn(tree: SyntaxTree, node: number): string {
  const isLink = tree.kind(node) === 'call' && callAt(tree, node).name === 'andExpect';
  const [first] = isLink ? argumentNodes(tree, node) : [];
  return first === undefined ? wholeOf(tree, node) : tree.excerpt(first, limits.text);
}

/** The assertion with all that is chained to it. */
function wholeOf(tree: SyntaxTree, node: number): string {
  let whole = node;
  for (let step = 0; step < limits.chain; step += 1) {
    const parent = tree.parentOf(whole);
    const kind = parent < 0 ? undefined : tree.kind(parent);
    const chained =
      kind === 'member' ||
      kind === 'await' ||
      (kind === 'call' && tree.fieldName(whole) !== 'arguments');
    if (!chained || (tree.start[parent] !== tree.start[whole] && kind !== 'await')) break;
    whole = parent;
  }
  return tree.excerpt(whole, limits.text).replaceAll(/\s+/g, ' ');
}

/** Go: `if handler == nil { t.Fatal(…) }`. */
function isPresenceCheck(tree: SyntaxTree, node: number, text: string): boolean {
  if (tree.table.language !== 'go' || !/\.(Error|Fatal)f?\(/.test(text)) return false;
  const check = tree.above(node, 'if', 'function', 'closure');
  if (check < 0 || tree.kind(check) !== 'if') return false;
  return /^\(?\s*(?!\w*[eE]rr\w*\b)[\w.]+\s*==\s*nil\s*\)?$/.test(
    tree.excerpt(tree.field(check, 'condition'), 100),
  );
}
