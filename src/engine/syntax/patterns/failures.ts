import type { Call } from '../calls.ts';
import type { SyntaxTree } from '../syntax-tree.ts';

const failing =
  /^(assert_?[rR]aises?\w*|assertThrows\w*|assertThatThrownBy|assertThatExceptionOfType|assertThat\w+Exception|assertFails\w*|raises|throws|throwsAsync|Throws\w*|toThrow\w*|rejects|rejected|rejectedWith|throw|thrown?|raise_error|raise_exception|raise|must_raise|expectException\w*|unwrap_err|expect_err|is_err|isErr|assert_err|Error|ErrorIs|ErrorAs|ErrorContains|EqualError|Panics\w*|HaveOccurred|Succeed|\w*_THROWS?\w*|EXPECT_DEATH\w*|ASSERT_DEATH\w*|ShouldThrow\w*|ThrowAsync|ThrowExactly\w*|Throw|be_invalid|assertInvalid|assertSessionHasErrors|assertJsonValidationErrors\w*|assertUnprocessable|assertNotFound|assertForbidden|assertUnauthorized|assertServerError|assertBadRequest|isBadRequest|isNotFound|isForbidden|isUnauthorized|isConflict|is4xxClientError|is5xxServerError|isUnprocessableEntity|isInstanceOf\w*Exception|isFailure|assertFailed|CPPUNIT_ASSERT_THROW|BOOST_CHECK_THROW|BOOST_REQUIRE_THROW)$/;
const unfailing =
  /not_?thr|nothrow|no_throw|doesnot|does_not|nothing_raised|not_?panic|no_?err|^never$/i;

/** Whether the words of an assertion say that something fails, and no `not` takes it back. */
function saysFailure(names: readonly string[]): boolean {
  if (names.some((name) => unfailing.test(name))) return false;
  const negated = names.some((name) =>
    /^(not|to_not|not_to|NotTo|ToNot|should_not|ShouldNot|shouldNot|isNot|is_not)$/.test(name),
  );
  // `Expect(f()).NotTo(Succeed())` is the one that fails when negated.
  if (names.includes('Succeed')) return negated;
  return !negated && names.some((name) => failing.test(name));
}
const failureChecks =
  /\bstatus(_?[cC]ode)?(\(\))?\s*={2,3}\s*[45]\d\d\b|exit_?code\s*!=\s*0|\bnot\s+[\w.]*(valid|ok|success)\w*(\(\))?$|isinstance\(.*(Error|Exception)|\b(error|invalid)\w*['"]?\s+in\b/;
const absent =
  /\bis None\b|== None|\b(None|null|nil)\b|(Be|be_|to|assert_?|is|Is)_?(Null|nil|None)\b/;
const troubles =
  /fail|invalid|missing|unknown|not.?found|empty|negative|error|wrong|bad|absent|no.?such|reject|illegal|malformed|without|damag|corrupt|truncat|refus|denie|expire|overflow|out.?of.?range|too.?(long|short|big|large|many|few|small|late)|cannot|can.?t\b|unreadable|unavailable/i;

/** Whether a plain `assert` is about a failure. */
export function tellsFailure(text: string, title: string): boolean {
  if (failureChecks.test(text)) return true;
  return absent.test(text) && !/\bnot None\b|!= None/.test(text) && troubles.test(title);
}

/** The words of one assertion: its call, the names of its chain, its arguments. */
export interface Words {
  call: Call;
  names: string[];
  texts: string[];
}

/** Whether an assertion says that something fails, is refused, or is missing after a wrong input. */
export function isNegative(tree: SyntaxTree, node: number, words: Words, title: string): boolean {
  const { call, names, texts } = words;
  if (/^fail$/i.test(call.name)) return isInTry(tree, node);
  if (saysFailure(names) || isRefusal(words)) return true;
  if (texts.some((text) => failedMacro.test(text))) return texts[0]?.startsWith('!') !== true;
  return saysNothing(words) && troubles.test(title);
}

const refusals =
  /^([45]\d\d|(http|HttpStatus|StatusCodes?|HttpStatusCode)\W+(Status)?(Bad|NotFound|Unauth|Forbid|Conflict|Unproc|Gone|TooMany|PayloadToo|MethodNot|Internal|ServiceUn|BAD_|NOT_F|UNAUTH|FORBID|CONFLICT|UNPROC|GONE|TOO_MANY|PAYLOAD_|METHOD_NOT|INTERNAL|SERVICE_UN)\w*)$/;

/** An HTTP status of 400 or more. */
function isRefusal({ names, texts }: Words): boolean {
  return (
    texts.some((text) => text.split(/,\s*/).some((part) => refusals.test(part.trim()))) &&
    /status|expect\b/i.test(`${names.join(' ')} ${texts.join(' ')}`)
  );
}

/** A value that stands for none, or what C gives back in place of an answer. */
const answersNothing =
  /^(None|null|nil|NULL|nullptr|-1|[fF]alse|FALSE)$|[^=!<>]==\s*(-\d+|NULL|nullptr|false)$|[^<]<\s*0$/;

function saysNothing({ names, texts }: Words): boolean {
  const joined = names.join(' ');
  if (/not/i.test(joined)) return false;
  return (
    /(Null|nil|None|null|False|Falsy|false)\b|_(FALSE|NULL)\b/.test(joined) ||
    texts.some((text) => answersNothing.test(text))
  );
}

const failedMacro =
  /\.is_err\(\)$|\.(not_found|bad_request|forbidden|unauthorized|unprocessable\w*|(client|server)_error)\?$|^(Err\(|.*matches!\(.*Err\()/s;

function isInTry(tree: SyntaxTree, node: number): boolean {
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    const kind = tree.kind(up);
    if (kind === 'function' || kind === 'closure' || kind === 'catch') return false;
    if (kind === 'try') return true;
  }
  return false;
}

/** `if err == nil { t.Fatal(…) }`: the code had to fail. */
export function isGoFailure(tree: SyntaxTree, node: number, { qualifier }: Call): boolean {
  if (qualifier !== null && /^(assert|require|is|s|suite)$/.test(qualifier)) return true;
  const check = tree.above(node, 'if');
  return (
    check >= 0 &&
    /err\w*\s*==\s*nil|!errors\.(Is|As)\(|!=\s*\w*\.?wantErr|wantErr\w*\s*!=/i.test(
      tree.excerpt(tree.field(check, 'condition'), 100),
    )
  );
}
