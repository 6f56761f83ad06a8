/**
 * Tokens whose issuers mark them with a prefix. Prefixes with the least length of what follows, not
 * whole patterns: issuers change lengths and alphabets more often.
 *
 * Source: the rules of gitleaks, `config/gitleaks.toml` at b58d3f1 (2026-07-22), and the issuers'
 * documents where it has none. To renew: compare with the literals that its rules begin with.
 */
import { endOf, type Finder } from './finding.ts';

const ALNUM = '[A-Za-z0-9]';
const UPPER = '[A-Z0-9]';
const HEX = '[0-9a-fA-F]';
const WORD = '[\\w-]';
const DOTTED = '[\\w.-]';
const BASE64 = '[\\w+/=-]';
/** One digit tells a token from a name with hyphens, such as `sk-loading-indicator-wrapper`. */
const MIXED = `(?=${WORD}{0,40}\\d)${WORD}`;

/** Prefixes as expressions that begin with a plain character, what follows, the least number of it. */
const kept: readonly [prefixes: string, rest: string, least: number][] = [
  // AWS: identities of access keys, keys of Bedrock.
  ['AKIA ASIA ABIA ACCA A3T', UPPER, 16],
  ['ABSK bedrock-api-key-', BASE64, 20],
  // GitHub, GitLab, Atlassian, Docker, Artifactory, Buildkite, CircleCI.
  ['gh[pousr]_ github_pat_', WORD, 12],
  ['gl(?:pat|dt|rt|rtr|ptt|cbt|ft|imt|agent|oas|soat|ffct|wt)- GR1348941', DOTTED, 12],
  ['ATATT3 ATCTT3 ATBB', BASE64, 16],
  ['dckr_pat_ dckr_oat_ bkua_ CCIPAT_ AKCp cmVmd pnu_', MIXED, 16],
  // Slack.
  ['xox[abceoprs]- xoxe\\.xox[bp]- xapp- xwfp-', `(?=[\\w.-]{0,12}\\d)${WORD}`, 8],
  // Stripe, Square, Shopify, Braintree, Flutterwave, Shippo, EasyPost, Duffel.
  ['sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ whsec_', BASE64, 8],
  ['sq0atp- sq0csp- EAAA', MIXED, 20],
  ['shp(?:at|ca|pa|ss|ua)_', ALNUM, 16],
  ['access_token\\$(?:production|sandbox)\\$', '[\\w$]', 16],
  [
    'FLWSECK_TEST- FLWSECK- shippo_live_ shippo_test_ EZAK EZTK duffel_live_ duffel_test_',
    WORD,
    12,
  ],
  // Google.
  ['AIza', WORD, 20],
  ['ya29\\. GOCSPX- 1//0', DOTTED, 12],
  // Registries of packages: npm, PyPI, RubyGems, NuGet, Clojars.
  ['npm_ CLOJARS_', ALNUM, 20],
  ['pypi-Ag', WORD, 12],
  ['rubygems_ oy2', ALNUM, 40],
  // Mail and messages: SendGrid, Twilio, Mailgun, Databricks, Brevo, Postman, Telegram.
  ['SG\\.', DOTTED, 20],
  ['SK dapi', HEX, 32],
  ['key-', '(?=[a-z]{0,31}\\d)[0-9a-z]', 32],
  ['xkeysib- xsmtpsib- PMAK-', WORD, 16],
  // Models: OpenAI, Anthropic and those alike, Hugging Face, Groq, xAI, Replicate, Perplexity.
  ['sk-(?:ant|proj|or|svcacct|admin)-', MIXED, 8],
  ['sk-', MIXED, 20],
  ['hf_ api_org_ gsk_ xai- r8_ pplx- nvapi-', ALNUM, 20],
  // DigitalOcean, Vault, Terraform, Pulumi, Doppler, PlanetScale, Supabase, Tailscale, Alibaba, Heroku,
  // OpenShift, Fly, Cloudflare, Dynatrace.
  ['do[opr]_v1_', ALNUM, 16],
  ['hv[sbr]\\.', WORD, 16],
  ['atlasv1\\.', WORD, 30],
  ['pul-', HEX, 32],
  ['dp\\.(?:pt|st|ct|sa|scim|audit)\\. dt0[cs]0[1-9]\\.', DOTTED, 20],
  ['pscale_(?:tkn|oauth|pw)_ sbp_ sb_secret_ tskey- LTAI HRKU- fo1_ fm[12][ar]?_', MIXED, 16],
  ['sha256~', WORD, 40],
  ['v1\\.0-', '[0-9a-f-]', 80],
  // Linear, Notion, Figma, Sentry, Grafana, New Relic, Snyk, Contentful, 1Password, ReadMe, Facebook …
  ['lin_api_ lin_oauth_ ntn_ figd_ sntrys_ sntryu_ glc_ glsa_ NRAK- sgp_ CFPAT-', BASE64, 16],
  ['pat(?=[A-Za-z0-9]{14}\\.)', '[\\w.]', 40],
  ['ops_eyJ eyJrIjoi', BASE64, 30],
  ['A3- rdme_ ico- tfp_ phx_ sm_aat_ sm_pat_ sm_sat_', MIXED, 24],
  ['EAA[CMG]', ALNUM, 40],
  // Identities of age; keys and refresh tokens of this service, and what earlier versions of it gave out.
  ['AGE-SECRET-KEY-1', UPPER, 16],
  ['se_live_ se_test_', WORD, 6],
  ['se_[0-9A-Za-z]{12}_', ALNUM, 8],
  ['se_refresh_', WORD, 8],
];

const PREFIXED = createPattern();

/** One expression, its alternatives by their first character, so that most places rule out all. */
function createPattern(): RegExp {
  const all = kept.flatMap(([prefixes, rest, least]) =>
    prefixes.split(' ').map((prefix) => `${prefix}${rest}{${least}}`),
  );
  const groups = Map.groupBy(all, (option) => option.charAt(0));
  const options = [...groups].map(
    ([first, options]) => `${first}(?:${options.map((option) => option.slice(1)).join('|')})`,
  );
  return new RegExp(options.join('|'), 'g');
}

/** Where a word begins, also behind an escaped line break. */
function isBoundary(text: string, at: number): boolean {
  if (!/[A-Za-z0-9]/.test(text.charAt(at - 1))) return true;
  return /\\[nrt]$/.test(text.slice(Math.max(0, at - 2), at));
}

const REST = /[\w-]*(?:[.+/][\w-]{8,})*={0,2}/y;

/** Bots of Telegram and of Discord: their first part is the bot's number. */
const BOTS =
  /(?<![\w.-])(?:\d{8,10}:AA[\w-]{30,}|[MNO][A-Za-z\d]{23,25}\.[\w-]{6}\.[\w-]{27,})(?![\w-])/g;

/** A secret of AWS has no mark of its own; beside the key's identity it is recognised. */
const AWS_SECRET = /(?<=[\s,;:|"'/])[A-Za-z\d/+]{40}(?![A-Za-z\d/+=])/y;

export const findTokens: Finder = (text, hide) => {
  PREFIXED.lastIndex = 0;
  for (let found = PREFIXED.exec(text); found !== null; found = PREFIXED.exec(text)) {
    const at = found.index;
    if (isBoundary(text, at)) {
      const end = endOf(REST, text, PREFIXED.lastIndex);
      hide(at, end);
      if (/^A[KS]IA/.test(found[0])) hideAwsSecret(text, end, hide);
      PREFIXED.lastIndex = end;
    } else PREFIXED.lastIndex = at + 1;
  }
  if (!text.includes(':AA') && !text.includes('.')) return;
  for (const { 0: all, index } of text.matchAll(BOTS)) hide(index, index + all.length);
};

function hideAwsSecret(text: string, from: number, hide: (start: number, end: number) => void) {
  for (let at = from + 1; at < from + 5; at++) {
    const end = endOf(AWS_SECRET, text, at);
    if (end > at) hide(at, end);
  }
}
