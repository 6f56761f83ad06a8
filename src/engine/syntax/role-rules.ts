import type { FileRole } from '../facts.ts';

export interface Rule {
  role: FileRole;
  reason: string;
  path: RegExp;
}

/** In order; the first that holds decides. They follow GitHub Linguist's lists, without the ambiguous names. */
const certain: readonly Rule[] = [
  {
    role: 'vendored',
    reason: 'it tells an assistant how to work',
    path: /(^|\/)(\.(agents|claude|cursor|codex|gemini|windsurf|junie|roo|kiro|copilot|aider)\/.+|\.(cursor|windsurf|cline)rules|(AGENTS|CLAUDE|GEMINI)(\.local)?\.md|\.github\/copilot-instructions\.md)$/,
  },
  {
    role: 'binary',
    reason: 'its name is that of a binary format',
    path: /\.(png|jpe?g|gif|webp|ico|bmp|pdf|zip|gz|tgz|tar|7z|jar|war|class|pyc|o|so|dll|exe|wasm|woff2?|ttf|eot|mp[34]|sqlite3?|db)$/i,
  },
  {
    role: 'lock',
    reason: 'a lock file is written by a tool',
    path: /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|Cargo\.lock|go\.sum|poetry\.lock|uv\.lock|Pipfile\.lock|Gemfile\.lock|composer\.lock|packages\.lock\.json|gradle\.lockfile|mix\.lock|pubspec\.lock|Podfile\.lock)$/,
  },
  {
    role: 'vendored',
    reason: 'it lies in a folder of third-party code',
    path: /(^|\/)(node_modules|bower_components|site-packages|\.venv|Pods|Godeps|jspm_packages|\.yarn|\.bundle)\//,
  },
  {
    role: 'vendored',
    reason: 'it is a copy of a published library',
    path: /(^|\/)(libs?|vendors?|assets|static|public|js|plugins)\/[A-Za-z][\w.]*(-[A-Za-z]\w*)*-\d+\.\d+(\.\d+)*\/|(^|\/)(gtest\.h|gmock\.h|(gmock-)?gtest-all\.cc|catch\.hpp|catch_amalgamated\.[hc]pp|doctest\.h|httplib\.h|nlohmann\/json\.hpp|sqlite3\.[ch]|stb_\w+\.h)$/,
  },
  {
    role: 'vendored',
    reason: 'it belongs to the wrapper of a build tool',
    path: /(^|\/)(mvnw|mvnw\.cmd|gradlew|gradlew\.bat|sbtw)$|(^|\/)(\.mvn|gradle)\/wrapper\//,
  },
  {
    role: 'generated',
    reason: 'its name is that of generated code',
    path: /(\.min\.(js|css|mjs)|\.bundle\.js|\.js\.map|\.css\.map|\.pb\.(go|cc|h)|_pb2(_grpc)?\.pyi?|_pb\.rb|\.g\.(cs|dart)|\.freezed\.dart|\.designer\.cs|\.AssemblyInfo\.cs|\.GlobalUsings\.g\.cs|\.generated\.\w+|_generated\.\w+|\.snap|(^|\/)next-env\.d\.ts|(^|\/)mockServiceWorker\.js)$/i,
  },
  {
    role: 'generated',
    reason: 'it lies in a folder that a tool writes',
    path: /(^|\/)(cmake-build-[\w-]+|CMakeFiles|_deps|__pycache__|__generated__|\.next|\.nuxt|\.svelte-kit|\.angular|\.gradle|\.idea|\.vs|\.settings|\.dart_tool|\.parcel-cache|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.tox|\.nyc_output|\.terraform|\.ipynb_checkpoints|DerivedData|xcuserdata|[\w.-]+\.egg-info|target\/(?:generated-sources|generated-test-sources|classes|test-classes|maven-status|surefire-reports)|build\/(?:generated|intermediates|classes|tmp|reports)|(?:bin|obj)\/(?:Debug|Release)|out\/(?:production|test)|lcov-report)\//,
  },
];

/** By the usual meaning of a name; what a file says of itself goes first. */
const usual: readonly Rule[] = [
  {
    role: 'config',
    reason: 'it is a form for others to fill in',
    path: /(^|\/)\.(github|gitlab)\/(.*\/)?(ISSUE|PULL_REQUEST|MERGE_REQUEST)_TEMPLATE/i,
  },
  {
    role: 'config',
    reason: 'it is configuration',
    path: /((^|\/)(Dockerfile|Makefile|Rakefile|Gemfile|Guardfile|Capfile|Podfile|Fastfile|Dangerfile|Procfile|Vagrantfile|Jenkinsfile|Pipfile|CMakeLists\.txt|robots\.txt|go\.mod|build\.gradle(\.kts)?|settings\.gradle(\.kts)?|pom\.xml|setup\.cfg|(requirements|constraints|dev-requirements)[\w.-]*\.txt|\.?[\w-]+rc(\.\w+)?|\.[\w-]+ignore|\.env[\w.]*|\.editorconfig|\.gitattributes|\.htaccess|\.htpasswd|[\w.-]+\.(config|conf)\.(js|ts|mjs|cjs))|\.(ya?ml|toml|ini|cfg|conf|properties|csproj|fsproj|vbproj|slnx?|props|targets|sbt|pbxproj|xcconfig|xcscheme|xcworkspacedata|entitlements|gradle|gemspec|podspec|tf|hcl|plist|json5?|jsonc|lock))$/i,
  },
  {
    role: 'data',
    reason: 'it is a template',
    path: /\.(tt|tpl|njk)$/i,
  },
  {
    role: 'data',
    reason: 'it is material for tests',
    path: /(^|\/)(tests?|specs?|__tests__|e2e)\/(.*\/)?(__)?(fixtures?|test_?data|snapshots?)(__)?\/.*\.(md|mdx|markdown|txt|rst|adoc)$|(^|\/)(testdata|__fixtures__)\/.*\.(md|mdx|markdown|txt|rst|adoc)$/i,
  },
  {
    role: 'docs',
    reason: 'it is documentation',
    path: /(\.(md|mdx|markdown|rst|adoc|asciidoc|txt|org|tex)|(^|\/)(LICEN[CS]E|COPYING|AUTHORS|CHANGELOG|CHANGES|CONTRIBUTING|NOTICE|README|TODO)(\.[^/.]+)?)$/i,
  },
  {
    role: 'data',
    reason: 'it is data',
    path: /(^|\/)\.\w+_history$|\.(csv|tsv|xml|svg|html?|geojson|ndjson|jsonl|dat|log|mako|j2|jinja2?|tmpl|mustache|hbs|handlebars|liquid|sql|parquet|proto|graphql|xsd|dtd)$/i,
  },
  {
    role: 'generated',
    reason: 'it is a migration: one step of a database, written once for one state of it',
    path: /(^|\/)(migrations?|migrate|versions)\/(\d{3,}[\w-]*(?:\.\w+)?|[\w-]+\.migration|V\d+__\w+|Version\d{8,}\w*|[0-9a-f]{12}_\w+|\w+ModelSnapshot)\.(ts|js|cjs|mjs|py|rb|php|cs|java|kt|go)$/i,
  },
  {
    role: 'test',
    reason: 'its name or folder is that of tests',
    path: /(^|\/)(tests?|__tests?__|specs?|__specs__|testing|e2e|cypress|step_definitions|stepdefs|features\/(?:steps|bootstrap|support)|tests?[-_]\w+|src\/(?:it|testFixtures|test\w+|\w+Tests?)|(?:integration|unit|functional|acceptance|system|smoke|e2e|api)tests?|[\w.]+\.\w*Tests?|[\w.]*\.?Test(?:Helpers?|Utils?|Utilities|Support|Kit|Common|Data|Fixtures|Infrastructure)|[\w.-]*[._-](?:[Tt]ests?|[Ss]pecs?)|\w*(?:Unit|Integration|Functional|Acceptance|Int|Android)Tests?)\/.*\.\w+$|(^|\/)(tests?_[^/]+\.py|tests\.py|conftest\.py|[^/]+_tests?\.(py|go|rb|c|cc|cpp|exs|dart|rs|php)|[^/]+[._-](tests?|specs?|e2e|cy|test-d)\.[cm]?[jt]sx?|[^/]*(Tests?|IT|TestCase|Spec|Specs)\.(java|cs|kt|php|scala|cpp|cc|swift)|[^/]+_spec\.rb|tests?_[^/]+\.(rb|c|cc|cpp)|[^/]+_testing\.(c|cc|cpp)|[^/]+\.feature|tests?\.rs|(mock_[^/]+|[^/]+_mocks?|mocks?(_tests?)?)\.go)$|(^|\/)(__mocks__|database\/factories|spec\/factories)\/.*\.\w+$|(^|\/)mocks?\/[^/]+\.go$/,
  },
];

export const pathRules = { certain, usual };

/** Names that tests have and that a program may have as well: `test.js`, `tests.js`, `TestBasket.java`. */
const maybeTests =
  /(^|\/)((tests?|specs?)\.([cm]?[jt]sx?|py|rb|php|c|cc|cpp|go)|Tests?([A-Z]\w*)?\.(java|cs|php))$/;
/** What only a test holds, by its framework's own words. */
const testWords =
  /^\s*(await )?(describe|suite|it|test|QUnit\.test|QUnit\.module|tape|Deno\.test)(\.\w+)?\(\s*['"`]|from ['"](node:test|node:assert|assert|ava|tape|vitest|uvu|chai)['"/]|require\(['"](node:test|node:assert|assert|ava|tape|tap|chai|should)['"/]|^\s*(import|from) (unittest|pytest)\b|^\s*def test_\w+\(|^\s*@(Test|ParameterizedTest)\b|^\s*\[(Test|TestMethod|Fact|Theory|TestCase)\b|extends (\w*TestCase)\b|< (Minitest::Test|Test::Unit::TestCase)|^\s*func Test[A-Z]\w*\(|^#include\s*[<"](assert\.h|cassert|gtest|catch2|check\.h|unity\.h|criterion)|\bRSpec\.describe\b/m;

export const testRule: Rule = {
  role: 'test',
  reason: 'its name is that of tests, and so is what it holds',
  path: maybeTests,
};

export function holdsTests(text: string): boolean {
  return testWords.test(text.slice(0, 20_000));
}

/**
 * A comment that a generator leaves at the head of its output. A test may be filled in by hand where its
 * head was generated from data, so that tests need one that forbids to edit them.
 */
export const generatedHead = {
  /** What each of them needs: quickly looked for, and mostly missing. */
  words: /generated|do not edit/i,
  usual:
    /^\W{0,6}.{0,80}(@generated\b|code generated by .{1,80}|do not edit\b.{0,40}(generated|by hand)|(auto-?generated|automatically generated) (by|from|file|code)|this file (was|is) (auto-?)?generated|^\W{0,6}generated by \w|generated by the protocol buffer compiler)/im,
  strict:
    /^\W{0,6}.{0,80}(@generated\b|code generated by .{1,80}do not edit|(auto-?|automatically )?generated\b.{0,120}\bdo not (edit|modify|change)|do not edit\b.{0,40}generated)/im,
};

export const laidOutReason = 'a framework lays it out for each project';

/** Files that a framework lays out for each project and that are left as they are, by their names and by what they hold. */
const laidOut: readonly (readonly [path: RegExp, holds: RegExp])[] = [
  [/(^|\/)manage\.py$/, /execute_from_command_line\(/],
  [/(^|\/)[aw]sgi\.py$/, /get_[aw]sgi_application\(\)/],
  [/(^|\/)env\.py$/, /def run_migrations_offline\([^]*context\.configure\(/],
  [/(^|\/)config\/environments\/\w+\.rb$/, /Rails\.application\.configure do/],
  [/(^|\/)config\/(application|boot|environment|puma)\.rb$/, /Rails|Bundler|bundler|RAILS_/],
  [/(^|\/)spec\/(rails|spec)_helper\.rb$/, /RSpec\.configure/],
  [/(^|\/)src\/Kernel\.php$/, /use MicroKernelTrait;/],
  [/(^|\/)config\/[\w-]+\.php$/, /^return \[|opcache|App_KernelProdContainer/m],
  [/(^|\/)app\/(Http|Console)\/Kernel\.php$/, /extends (HttpKernel|ConsoleKernel)/],
  [/(^|\/)app\/Exceptions\/Handler\.php$/, /extends ExceptionHandler[^]*\$dont(Flash|Report)/],
  [
    /(^|\/)app\/Http\/Middleware\/(Authenticate|EncryptCookies|PreventRequestsDuringMaintenance|RedirectIfAuthenticated|TrimStrings|TrustHosts|TrustProxies|ValidateSignature|VerifyCsrfToken)\.php$/,
    /namespace App\\Http\\Middleware;/,
  ],
  [
    /(^|\/)bin\/(setup|update|rails|rake|bundle|spring|yarn|dev|webpack|webpack-dev-server|importmap|rubocop|brakeman)$/,
    /APP_ROOT|APP_PATH|[bB]undle|Gem\.|spring|exec/,
  ],
  [/(^|\/)src\/reportWebVitals\.[jt]s$/, /web-vitals/],
  [/(^|\/)src\/serviceWorker\.[jt]s$/, /isLocalhost[^]*registerValidSW/],
  [/(^|\/)src\/polyfills\.ts$/, /zone\.js/],
  [/(^|\/)src\/test\.ts$/, /initTestEnvironment/],
  [/(^|\/)src\/environments\/environment\.ts$/, /fileReplacements|zone-error/],
  [/(^|\/)src\/main\.ts$/, /platformBrowserDynamic\(\)\.bootstrapModule/],
  [
    /(^|\/)app\/Actions\/(Fortify|Jetstream)\/\w+\.php$/,
    /Laravel\\(Fortify|Jetstream)|trait PasswordValidationRules/,
  ],
  [/(^|\/)app\/Providers\/(Fortify|Jetstream|Telescope|Horizon)ServiceProvider\.php$/, /Laravel\\/],
  [/(^|\/)resources\/(?:assets\/)?js\/bootstrap\.js$/, /axios|lodash|Echo/],
  [/(^|\/)resources\/(?:assets\/)?js\/components\/Example(Component)?\.vue$/, /Example Component/],
  [
    /(^|\/)app\/Http\/Controllers\/Auth\/(ForgotPassword|Login|ResetPassword|Verification|ConfirmPassword)Controller\.php$/,
    /use (SendsPasswordResetEmails|AuthenticatesUsers|ResetsPasswords|VerifiesEmails|ConfirmsPasswords);[^]{0,1200}$/,
  ],
  [
    /(^|\/)test\/policies\/\w+_policy_test\.rb$/,
    /^class \w+ < ActiveSupport::TestCase\s+(?:def test_\w+\s+end\s+)+end\s*$/m,
  ],
  [/(^|\/)stories\/(Button|Header|Page)\.[jt]sx?$/, /storybook-/],
  [/(^|\/)src\/App\.test\.[jt]sx?$/, /\/learn react\/i/],
  [
    /(^|\/)tests\/(Feature|Unit)\/ExampleTest\.php$/,
    /basic (unit |feature )?test example|that true is true/,
  ],
];

/** Lines that such a file has at most: more is the author's. Settings are lists with a comment on each. */
const laidOutLines = 250;

export function isLaidOut(path: string, text: string): boolean {
  const most = /(^|\/)config\/[\w-]+\.php$/.test(path) ? 4 * laidOutLines : laidOutLines;
  return (
    laidOut.some(([name, holds]) => name.test(path) && holds.test(text.slice(0, 12_000))) &&
    text.split('\n', most + 1).length <= most
  );
}

/** Lines that a copied library has at least. */
const libraryLines = 150;
/** `jquery-3.7.1.js`, `bootstrap.bundle.js` with what stands in their first lines. */
const versioned = /(^|\/)[\w-]+[.-]v?\d+\.\d+(\.\d+)?([.-][\w]+)*\.(js|css)$/i;
const banner =
  /^\s*\/\*[!*]?[^]{0,600}?(?:\bv(?:ersion)?:?\s?\d+\.\d+|@version\s+v?\d+\.\d+|\bv?\d+\.\d+\.\d+)[^]{0,1200}?(?:licen[cs]e|copyright|\(c\))|^\s*\/\*[!*]?[^]{0,600}?(?:licen[cs]e|copyright|\(c\))[^]{0,1200}?(?:\bv(?:ersion)?:?\s?\d+\.\d+|\bv?\d+\.\d+\.\d+)/i;

/** Files of the standard library of Go, which are copied to be changed. */
const goAuthors = /^\/\/ Copyright (?:\(c\) )?\d{4} The Go Authors\. All rights reserved\./;

/** What stands after it is code, which may name its own version. */
function firstComment(head: string): string {
  const end = head.indexOf('*/');
  return end < 0 ? head : head.slice(0, end);
}

/** A copy of a published library: its head names a version and a licence, and it is long or named by version. */
export function bannerRule(path: string, head: string, text: string): boolean {
  if (path.endsWith('.go') && goAuthors.test(head)) return true;
  if (!/\.(js|mjs|css|h|hpp|c|php|lua)$/i.test(path) || !banner.test(firstComment(head)))
    return false;
  if (versioned.test(path)) return true;
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0 && lines < 2_000; at = text.indexOf('\n', at + 1)) {
    lines += 1;
  }
  // A published single file is long; an author's own head with a version stands on short files.
  return lines >= (/\.(js|mjs|css)$/i.test(path) ? libraryLines * 6 : libraryLines * 8);
}
