import type { Call } from '../calls.ts';
import type { FullLanguage } from '../../facts.ts';
import { matching, memoize } from '../../memoize.ts';

/** Assertions by name, whatever stands before them: `$response->assertOk()`, `.andExpect(…)`, `x.ShouldBe(…)`. */
const anywhere =
  /^(assert\w*[!?]?|Assert\w*|refute\w*|flunk|andExpect\w*|expect\w*|Expect\w*|EXPECT|ASSERT|should\w*|Should\w*|must_\w+|wont_\w+|verify\w*|Verify\w*|is_expected|are_expected|(EXPECT|ASSERT|TEST_ASSERT|CPPUNIT_ASSERT|BOOST|CHECK|REQUIRE|VERIFY)_\w+|REQUIRE|CHECK|STATIC_REQUIRE|QVERIFY2?|QCOMPARE|ADD_FAILURE\w*|FAIL\w*|prop_assert\w*|debug_assert\w*|mu_assert|Received\w*|DidNotReceive\w*|MustHaveHappened\w*|MustNotHaveHappened|untilAsserted|toMatchSnapshot|toMatchInlineSnapshot|unwrap_err|expect_err|AssertExpectations)$/;

/** Assertions only without a receiver, or on the test itself. */
const alone = /^(fail|Fail|pass|raises|warns|Ω|Eventually|Consistently|EXPECT|lest)$/;

/** Objects of which every method asserts. */
const asserting =
  /^(\\?(\w+[.\\])*\w*Assert(ions)?|assert|require|must|chai\.assert|(self|s|suite|this)\.(Require|Assert)\(\)|\w+\.(Require|Assert)\(\)|t\.assert|Truth|Approvals|Check|expect|should|QUnit\.assert|np\.testing|numpy\.testing|\w+\.testing|mock\.assert|sinon\.assert)$/;

/** Methods of a test handle that assert (`t.is`, `s.Equal`, `is.Equal`); other receivers have methods of these names, too. */
const ofHandle =
  /^(is|not|ok|notOk|true|false|truthy|falsy|assert|equal\w*|notEqual\w*|deepEqual\w*|notDeepEqual\w*|strictEqual|strictSame|same|notSame|looseEqual\w*|deepLooseEqual|like|unlike|regex|notRegex|match|notMatch|doesNotMatch|snapshot|throws\w*|notThrows\w*|doesNotThrow|rejects|resolves|error|ifError|ifErr|fail|step|Equal\w*|NotEqual\w*|Exactly|Nil|NotNil|Error|NoError|NoErr|ErrorIs|ErrorAs|ErrorContains|EqualError|True|False|Len|Empty|NotEmpty|Contains|NotContains|ElementsMatch|Subset|NotSubset|Panics\w*|NotPanics|JSONEq|YAMLEq|InDelta\w*|InEpsilon\w*|IsType|Implements|Zero|NotZero|Same|NotSame|Greater\w*|Less\w*|Positive|Negative|Regexp|NotRegexp|WithinDuration|Eventually|Never|Condition|FileExists|DirExists|HTTP\w+|Fail|FailNow|Assert|Check|AssertCalled|AssertNotCalled|AssertNumberOfCalls)$/;
const handles = /^(t|assert|is|a|s|c|suite|tap|test|tc|tt|st|sub|require|r|must|check|this|qt|g)$/;

/** Taken by name from a module of assertions. */
const imported =
  /^(equal|notEqual|deepEqual|strictEqual|deepStrictEqual|notStrictEqual|notDeepStrictEqual|notDeepEqual|ok|throws|rejects|doesNotThrow|doesNotReject|match|doesNotMatch|is|assertThat|ifError|eq|same)$/;
const assertModules = /['"](node:)?assert(\/strict)?['"]|uvu\/assert|power-assert|['"]tap['"]/;

const goReports = /^(Error|Errorf|Fatal|Fatalf|Fail|FailNow)$/;
const goOthers = /^(fmt|errors|xerrors|status|http|log|slog|logger|zap)$/;

const ownObjects = /^(self|static|\$this|this|Assertions|chai|Assert|t|\$I)$/;
const scripts = new Set<string>(['javascript', 'typescript', 'tsx']);

const isAnywhere = matching(anywhere);
const isAlone = matching(alone);
const isAsserting = matching(asserting);
const isOfHandle = matching(ofHandle);

/** Whether a call asserts, by the names that test frameworks use. */
export function isAssertionCall(call: Call, language: FullLanguage, source: string): boolean {
  if (language === 'go' && isGoReport(call)) return true;
  const { name, qualifier } = call;
  if (qualifier === null) return isBareAssertion(name, language, source);
  return special[language]?.(name, qualifier) ?? isMethodAssertion(name, qualifier, language);
}

function isBareAssertion(name: string, language: FullLanguage, source: string): boolean {
  if (isAnywhere(name) || isAlone(name)) return true;
  return scripts.has(language) && isImported(name, source);
}

function isMethodAssertion(name: string, qualifier: string, language: FullLanguage): boolean {
  if (isAnywhere(name)) return true;
  if (isAlone(name) && ownObjects.test(qualifier)) return true;
  if (isAsserting(qualifier)) return !/^(plan|assertions|async|New|timeout)$/.test(name);
  if (language === 'go' || scripts.has(language))
    return handles.test(qualifier) && isOfHandle(name);
  return inChain[language]?.(name, qualifier) ?? false;
}

/** Where a receiver changes what a name means; undefined leaves it to the common rules. */
const special: Partial<Record<FullLanguage, (name: string, on: string) => boolean | undefined>> = {
  // `x.expect("…")` unwraps.
  rust: (name) => name === 'unwrap_err' || name === 'expect_err',
  python: (name, qualifier) =>
    qualifier === 'pytest' ? /^(raises|warns|fail|deprecated_call)$/.test(name) : undefined,
};

type ChainTest = (name: string, qualifier: string) => boolean;

/** Assertions that are told by what the chain begins with. */
const inChain: Partial<Record<FullLanguage, ChainTest>> = {
  java: (name, qualifier) =>
    (/\bthen\(\)/.test(qualifier) && /^(statusCode|body|header|contentType|cookie)$/.test(name)) ||
    (/^await\b|Awaitility/.test(qualifier) && name.startsWith('until')) ||
    (/^(then|BDDMockito\.then)\(/.test(qualifier) && /^(is|has|contains|should)/.test(name)),
  php: (name, qualifier) =>
    (qualifier === '$I' && /^(see|dontSee|can|cant|assert)/.test(name)) ||
    (name === 'expects' && !qualifier.includes('(')) ||
    (/shouldReceive\(/.test(qualifier) && /^(once|twice|times|never|atLeast)$/.test(name)),
};

function isGoReport({ name, qualifier, arguments: count }: Call): boolean {
  if (name === 'panic' && qualifier === null) return true;
  // `err.Error()` is the text of an error.
  if (qualifier === null || (name === 'Error' && count === 0)) return false;
  return goReports.test(name) && !goOthers.test(qualifier);
}

function isImported(name: string, source: string): boolean {
  return imported.test(name) && assertModules.test(source.slice(0, 4_000));
}

/** Assertions whose meaning is known: with nothing but constants in them they can't fail. */
const standard =
  /^(assert!?|assert_?(true|false|equals?|eq|ne|not_?equals?|not_?eq|same|not_?same|null|not_?null|nil|not_?nil|is|is_?not|is_?none|is_?not_?none|that|in|not_?in|greater\w*|less\w*|array_?equals|strict_?equals|deep_?equals|empty|not_?empty|contains|count|instance_?of|is_?instance|almost_?equals?|is_?true|is_?false)!?|refute(_\w+)?|expect|ok|equal|deepEqual|strictEqual|deepStrictEqual|notStrictEqual|notEqual|true|false|truthy|is|same|pass|nil|notNil|that|areEqual|areNotEqual|isTrue|isFalse|should|must_\w+)$/i;
const standardMacro =
  /^((EXPECT|ASSERT|CHECK|REQUIRE|BOOST|TEST_ASSERT)_\w+|CHECK|REQUIRE|Should\w*|should(Be|Equal|Eq|_be|_eq)?)$/;

export const isStandard = memoize((name) => standard.test(name) || standardMacro.test(name));

/** What stands for the test itself or its framework before an assertion. */
export const selfObjects =
  /^(self|static|\$this|this|Assertions|chai|t|assert|Assert|require|\$I)$/;
