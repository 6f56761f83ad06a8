/** Which names announce a secret. By whole words: `max_tokens`, `className` and `secretary` do not. */

/**
 * `plain`: whatever stands there. `authorization`, `cookie`: as the headers are written. `opaque`: in a
 * text only what looks like a token. `vague`: everywhere only what looks like a token. `query`: the
 * same, and only as a parameter of a URL.
 */
export type KeyKind = 'plain' | 'authorization' | 'cookie' | 'opaque' | 'vague' | 'query';

const words = (text: string) => new Set(text.trim().split(/\s+/));

/** Secret as the last word of a name. */
const SECRETS = words(`
  password passwords passwd passwort kennwort pwd pw psw pswd passphrase passcode secret secrets
  credential credentials token jwt dsn cvv cvc cvn csc ssn otp totp mnemonic authtoken accesstoken
  refreshtoken idtoken csrftoken xsrftoken sessiontoken bearertoken apitoken usertoken bottoken
  clientsecret appsecret apisecret sharedsecret totpsecret sessid phpsessid jsessionid sessionid
  csrfmiddlewaretoken userpass dbpass authkey pgpass hmackey samlresponse
`);

/** Secret as the last words of a name, written as one. */
const PHRASES = words(`
  apikey privatekey secretkey accesskey accountkey sharedaccesskey sharedkey encryptionkey
  encryptedkey encryptkey decryptionkey cryptkey cryptokey signingkey signkey signaturekey masterkey
  authkey sshkey subscriptionkey functionskey deploykey hmackey aeskey rsakey
  jwtkey symmetrickey sessionkey adminkey rootkey saskey clientkey webhookkey cipherkey
  writekey servicekey servicerolekey licensekey licencekey integrationkey tlskey sslkey
  sendgridkey stripekey awskey openaikey mailgunkey twiliokey gcpkey azurekey githubkey appkey
  secretid sessionid phpsessionid cardnumber cardno creditcard ccnumber ccnum primaryaccountnumber
  socialsecuritynumber socialsecurity connectionstring connstring connstr securitycode cvvcode
  authorizationcode authcode recoverycode recoverycodes backupcode backupcodes verificationcode
  otpcode mfacode totpcode onetimecode smscode devicecode usercode codeverifier verifiercode
  seedphrase recoveryphrase secretphrase clientassertion samlassertion oauthverifier rediscliauth
  sharedaccesssignature sastoken authheader authorizationheader cookieheader
`);

const OPAQUE = words('sig signature signatures hmac bearer xsig');
const VAGUE = words('pass session sid auth sess sas');
const COOKIES = words('cookie cookies');
const AUTHORIZATION = words('authorization authorisation');
const QUERY = words('code key');

/** Say how the secret is written or which one it is: `password_hash`, `TOKEN_PROD`, `api_key_2`. */
const NEUTRAL = words(`
  hash hashed value values confirm confirmation confirmed again repeat repeated plain plaintext clear
  cleartext raw text encrypted encoded decoded enc base base64 b64 hex old new current
  previous prod production staging stage dev development test live sandbox primary secondary backup
  string str md sha bcrypt argon salt
`);

/** As the first word they ask or tell about a secret: `has_password`, `max_token`. */
const ASKING = words(`
  has is no not non use uses using need needs require requires required invalid missing wrong bad
  unexpected unknown expired show hide hides forgot forget enable enabled disable disabled allow
  allows allowed skip num number count total max min avg n should can must with without
`);

/** What a lexer, a language model or a list of pages calls a token. */
const OTHER_TOKENS = words(`
  next page paging pagination continuation continue cancellation cancel sync stop eos bos pad unk sep
  cls mask fencing prompt completion first last unexpected max min punctuation operator keyword word
  per each every any end start lexer reasoning special subword design color
`);

/** `pass` is a run of a compiler, a ticket, a test that succeeded, unless it is that of an account. */
const ACCOUNTS = words(`
  db database pg postgres postgresql mysql mariadb mongo mongodb redis smtp mail mailer email imap pop
  ftp sftp ssh user username admin root auth login proxy ldap http https basic amqp rabbitmq key
  keystore truststore store account my sql rpc vpn wifi
`);

/** Extensions of files: `token.ts:12:5` is a place in a program. */
const FILES = words(`
  ts tsx mts cts js jsx mjs cjs json py rb go rs java kt php cs c h cc cpp swift scala ex exs erl sql
  yml yaml toml md txt html css vue svelte map log lock conf ini sh
`);

const byWord: ReadonlyMap<string, KeyKind> = new Map([
  ...kindOf(SECRETS, 'plain'),
  ...kindOf(AUTHORIZATION, 'authorization'),
  ...kindOf(COOKIES, 'cookie'),
  ...kindOf(OPAQUE, 'opaque'),
  ...kindOf(VAGUE, 'vague'),
]);

function kindOf(names: ReadonlySet<string>, kind: KeyKind): [string, KeyKind][] {
  return [...names].map((name) => [name, kind]);
}

/** Names are few and come again with every line; those of data are many, so only so many are kept. */
const MAX_KNOWN_KEYS = 1000;
const MAX_KEY = 80;
const knownKeys = new Map<string, KeyKind | undefined>();

/** What a name announces; `undefined`: nothing. Only the last 80 characters of a name are read. */
export function keyKind(name: string): KeyKind | undefined {
  const key = name.length > MAX_KEY ? name.slice(-MAX_KEY) : name;
  const known = knownKeys.get(key);
  if (known !== undefined || knownKeys.has(key)) return known;
  const kind = classify(key);
  if (knownKeys.size < MAX_KNOWN_KEYS) knownKeys.set(key, kind);
  return kind;
}

/** `access_token`, `X-API-Key`, `dbPassword`, …: whatever value they have, it is not told. */
export function isSecretKey(name: string): boolean {
  const kind = keyKind(name);
  return kind !== undefined && kind !== 'vague' && kind !== 'query';
}

/** Names of several secrets also stand for how many there are. */
export function isCounted(name: string): boolean {
  return /(?:cookie|secret|password|credential)s$/i.test(name);
}

function classify(name: string): KeyKind | undefined {
  const parts = wordsOf(name);
  if (FILES.has(parts.at(-1) ?? '')) return undefined;
  if (parts.length > 1 && ASKING.has(parts[0] ?? '')) return undefined;
  while (parts.length > 0) {
    const kind = kindOfWords(parts);
    if (kind !== undefined) return kind;
    if (!NEUTRAL.has(parts.pop() ?? '')) return undefined;
  }
  return undefined;
}

function kindOfWords(parts: readonly string[]): KeyKind | undefined {
  const last = parts.at(-1) ?? '';
  const before = parts.at(-2) ?? '';
  if (last === 'token' && OTHER_TOKENS.has(before)) return undefined;
  if (QUERY.has(last) && parts.length === 1) return 'query';
  if (isPhrase(parts) || (last === 'pass' && ACCOUNTS.has(before))) return 'plain';
  return /(?:password|passwd|passphrase)$/.test(last) ? 'plain' : byWord.get(last);
}

function isPhrase(parts: readonly string[]): boolean {
  return [1, 2, 3].some((count) => PHRASES.has(parts.slice(-count).join('')));
}

/** `XApiKey2` is x, api, key; numbers only tell which one it is. */
function wordsOf(name: string): string[] {
  const found = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [];
  return found.map((word) => word.toLowerCase());
}
