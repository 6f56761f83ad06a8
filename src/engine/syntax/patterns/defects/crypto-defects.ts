import { argumentNodes, callAt, fullName } from '../../calls.ts';
import {
  search,
  stringText,
  unitAt,
  unitOf,
  type Context,
  type Detector,
  sourceHolds,
} from '../context.ts';
import type { SyntaxTree } from '../../syntax-tree.ts';
import { typeOf } from './name-index.ts';
import { flat, unitText } from './shapes.ts';

/** Names of protocols that ask for a hash, whatever it is worth. */
export const asksForHash = /postgres|mysql|digest|ntlm|sasl|cram|wsse/i;

const weakCiphers =
  /^(createCipheriv|createDecipheriv|createCipher|createDecipher)\(\s*['"](des|rc4|rc2|bf|aes-\d+-ecb)|^Cipher\.getInstance\(\s*"(DES|DESede|RC4|RC2|Blowfish|AES"|AES\/ECB)|^(DES3?|ARC4|ARC2|Blowfish)\.new\(|\bAES\.MODE_ECB\b|^(DES|TripleDES|RC2)\.Create\(|^(des|rc4)\.New\w*\(|^openssl_(en|de)crypt\([^,]+,\s*['"](des|rc4|aes-\d+-ecb)|^OpenSSL::Cipher(::Cipher)?\.new\(\s*['"](des|rc4|aes-\d+-ecb)|^createCipher\(/i;

const unverified =
  /^jwt\.decode\(.*(verify\s*=\s*False|["']verify_signature["']\s*:\s*False|algorithms\s*=\s*\[\s*["']none["'])|^jwt\.verify\(.*algorithms:\s*\[\s*['"]none['"]|^JWT\.decode\([^,]+,\s*nil,\s*false/s;

const trusting =
  /^(ssl\._create_default_https_context|\w*\.?check_hostname)\s*=\s*(ssl\._create_unverified_context|False)|^(self\.)?\w*(session|client|http|requests)\w*\.verify\s*=\s*False$|\bverify_mode\s*=\s*ssl\.CERT_NONE|ServerCertificate(CustomValidation|Validation)Callback\s*\+?=\s*(\(.*\)\s*=>\s*(true|\{\s*return true;?\s*\})|delegate\s*(\(.*\))?\s*\{\s*return true;|HttpClientHandler\.DangerousAcceptAnyServerCertificateValidator)/s;

const xmlFactories =
  /^(javax\.xml\.parsers\.)?(DocumentBuilderFactory|SAXParserFactory|XMLInputFactory|TransformerFactory)\.(newInstance|newFactory|newDefaultInstance)$/;

const knownPlaceholders =
  /^(x+|\*+|todo|changeme|change_me|password|secret|token|test|example|your.*|<.*>|\$\{.*|%.*|null|none|root|admin|user|foo|bar|dummy|fake|sample|placeholder|redacted)$/i;

const takingSecret =
  /(^|\.)getConnection$|^(mysqli_connect|mysql_connect|mysqli|PDO|pg_connect)$|^(jwt|JWT|jsonwebtoken)\.(sign|verify|encode|decode)$/;

/** A literal at the place of a credential in a call of a well-known library. */
function passesSecret({ tree, file }: Context, node: number): boolean {
  if (file.role !== 'source') return false;
  const name = fullName(tree, node);
  const nodes = argumentNodes(tree, node);
  const at = /^(jwt|JWT|jsonwebtoken)\./.test(name) && !name.endsWith('getConnection') ? 1 : 2;
  const secret = nodes[at];
  if (secret === undefined || tree.kind(secret) !== 'string') return false;
  const value = stringText(tree, secret, 100);
  return (
    value.length >= 4 &&
    !/[${}]|#\{/.test(value) &&
    (at === 1 || !knownPlaceholders.test(value)) &&
    !value.startsWith('-----BEGIN PUBLIC')
  );
}

const url = /^[a-z][a-z0-9+]*:\/\/[^/\s:@]+:([^/\s:@{}$<%]{4,})@/;
const connection = /(^|;)\s*(password|pwd)\s*=\s*([^;{}\s'"$<%]{4,})(;|$)/i;

/** A password inside an address or a connection string. */
function holdsPassword({ tree, file }: Context, node: number): boolean {
  if (file.role !== 'source') return false;
  const text = stringText(tree, node, 300);
  const found =
    url.exec(text)?.[1] ?? (text.includes(';') ? connection.exec(text)?.[3] : undefined);
  if (found === undefined || /@(localhost|127\.|example|host)/.test(text)) return false;
  return !/^(pass(word|wd)?|secret|pwd|postgres|root|admin|user|example|test|token|x+|\*+|\.+|p@ss|guest|foo|bar|your.*)$/i.test(
    found,
  );
}

const passwordWords = /pass_?(word|wd|phrase)|pwd\b/i;

const soundRandomness =
  /SecureRandom|RandomNumberGenerator|SystemRandom|crypto\/rand|secrets\b|ThreadLocal/;

function isAskedFor(context: Context, node: number): boolean {
  return asksForHash.test(unitOf(context, node)?.name ?? '');
}

/** The function is called after passwords, or is short and about nothing else. */
function isOfPasswords(context: Context, node: number): boolean {
  const unit = unitOf(context, node);
  if (unit === null || asksForHash.test(unit.name)) return false;
  if (/passw|credential/i.test(unit.name)) return true;
  const code = unitText(context, node).replaceAll(/\/\/[^\n]*|#[^\n{]*\n/g, '');
  return code.length < 1_500 && passwordWords.test(code.replaceAll(/"[^"]*"|'[^']*'/g, ''));
}

const tarLibrary = /\btarfile\b/;
const otherArchives = /\b(zipfile|py7zr|rarfile)\b/;

const isOfTar = (tree: SyntaxTree): boolean =>
  sourceHolds(tree, tarLibrary) && !sourceHolds(tree, otherArchives);

export const cryptoDetectors: Detector[] = [
  {
    rule: 'weak-cipher',
    kinds: ['call', 'new'],
    needs: /cipher|mode_ecb|openssl_|\bdes3?\.|tripledes\.|rc[24]\.|blowfish\./i,
    test: ({ tree }, node) =>
      weakCiphers.test(
        flat(tree, node, 300).replace(/^(crypto|this\.crypto|Crypto\.Cipher|javax\.crypto)\./, ''),
      ),
  },
  {
    rule: 'unverified-token',
    kinds: ['call'],
    needs: /jwt/i,
    test: ({ tree }, node) => unverified.test(flat(tree, node, 400)),
  },
  {
    rule: 'tls-verification-off',
    kinds: ['assignment'],
    needs:
      /_create_default_https_context|check_hostname|CERT_NONE|ServerCertificate|\.verify = False/,
    test: ({ tree }, node) => trusting.test(flat(tree, node, 300)),
  },
  {
    rule: 'tls-verification-off',
    kinds: ['function', 'closure', 'call', 'type:array_element_initializer', 'type:pair'],
    needs: /checkServerTrusted|verif|strictSSL/i,
    test: ({ tree }, node) => {
      const text = flat(tree, node, 240);
      if (tree.kind(node) === 'function')
        return (
          /\bvoid\s+checkServerTrusted\([^)]*\)[^{]*\{\s*\}$/.test(text) ||
          /\bboolean\s+verify\(\s*(final\s+)?String\s+\w+,\s*(final\s+)?SSLSession\s+\w+\s*\)\s*\{\s*return true;\s*\}$/.test(
            text,
          )
        );
      if (tree.kind(node) === 'closure') return false;
      if (tree.kind(node) === 'call')
        return /setHostnameVerifier\(\s*(\(\w+,\s*\w+\)\s*->\s*true|NoopHostnameVerifier|\w*ALLOW_ALL)|setDefaultHostnameVerifier\(\s*\(\w+,\s*\w+\)\s*->\s*true|curl_easy_setopt\([^,]+,\s*CURLOPT_SSL_VERIFY(PEER|HOST)\s*,\s*0/.test(
          text,
        );
      return (
        /^['"](verify|verify_peer|verify_peer_name)['"]\s*=>\s*false$/i.test(text) ||
        (/^(strictSSL|verify):\s*false$/.test(text) &&
          tree.table.language !== 'python' &&
          !(text.startsWith('verify') && tree.table.language !== 'ruby'))
      );
    },
  },
  {
    rule: 'weak-password-hash',
    kinds: ['call'],
    needs: /md5|sha-?1|sha256/i,
    test: (context, node) => {
      const { tree } = context;
      const name = fullName(tree, node);
      const text = flat(tree, node, 200);
      const weak =
        /^((\w+\.)*(md5|sha1|sha256|MD5|SHA1|Md5|md5sum)(\.(hexdigest|digest|compute|New|Sum|Create|HashData))?|CryptoJS\.(MD5|SHA1)|md5\.compute|hashlib\.(md5|sha1))$/.test(
          name,
        ) ||
        /^(crypto\.)?createHash\(\s*['"](md5|sha1)|^MessageDigest\.getInstance\(\s*"(MD5|SHA-?1)"|^Digest::(MD5|SHA1)\./.test(
          text,
        );
      if (!weak || /sha256/i.test(name)) return false;
      return passwordWords.test(text) ? !isAskedFor(context, node) : isOfPasswords(context, node);
    },
  },
  {
    rule: 'predictable-token',
    kinds: ['call'],
    callee:
      /^(\w*[rR](an)?(do?m|nd)\w*\.(next\w*|Next\w*)|new (java\.util\.)?Random\(\)\.(next\w*|Next)|uniqid|lcg_value|mt_rand|rand|str_shuffle|array_rand|Random\.(rand|Next)|rand\.(Int\w*|Perm)|Math\.random|random\.\w+)$/,
    test: (context, node) => {
      const { tree } = context;
      const name = fullName(tree, node);
      const own = typeOf(context, node, /^(\w+)\.next/.exec(name)?.[1] ?? '');
      if (
        (own !== 'Random' && sourceHolds(tree, soundRandomness)) ||
        /^random\.(shuffle|seed|uniform|gauss)$/.test(name)
      )
        return false;
      const unit = unitOf(context, node)?.name ?? '';
      return /token|secret|passw|otp\b|nonce|salt|session_?id|csrf|api_?key|verification|reset_?code|pin_?code|invite_?code/i.test(
        unit.replaceAll(/([a-z])([A-Z])/g, '$1_$2'),
      );
    },
  },
  {
    rule: 'predictable-token',
    kinds: ['call'],
    method: /^(sample|shuffle|rand)$/,
    needs: /\.(sample|shuffle)\b|\brand\(/,
    test: ({ tree }, node) =>
      tree.table.language === 'ruby' &&
      !/\brandom:|SecureRandom/.test(tree.excerpt(node, 200)) &&
      /(^|[@_])(\w*_)?(token|secret|passw(or)?d|otp|nonce|api_?key|reset_code)\s*(\|\|)?=[^=]/i.test(
        tree.excerpt(Math.max(tree.above(node, 'assignment', 'function'), 0), 100),
      ),
  },
  {
    rule: 'external-entities',
    kinds: ['call'],
    callee: xmlFactories,
    test: (context, node) =>
      context.file.role === 'source' &&
      search(
        context,
        /setFeature|setProperty|setAttribute|setExpandEntityReferences|setXIncludeAware/,
        unitAt(context, node),
      ) === false &&
      /\.parse\(|newSAXParser|createXML|newDocumentBuilder|newTransformer/.test(
        unitText(context, node),
      ) &&
      !/TransformerFactory/.test(fullName(context.tree, node)) &&
      !/newDocument\(\)/.test(unitText(context, node)),
  },
  {
    rule: 'external-entities',
    kinds: ['type:keyword_argument', 'type:pair', 'assignment', 'call'],
    needs: /NOENT|noent|libxml_disable_entity_loader|resolve_entities|DtdProcessing|XmlResolver/,
    test: ({ tree }, node) => {
      if (tree.kind(node) === 'call')
        return /^(simplexml_load_(string|file)|\$?\w+->load(XML)?)\(.*\bLIBXML_NOENT\b|^libxml_disable_entity_loader\(\s*false/.test(
          flat(tree, node, 200),
        );
      return /^(resolve_entities\s*=\s*True|noent:\s*true|[\w.]*DtdProcessing\s*=\s*DtdProcessing\.Parse|[\w.]*XmlResolver\s*=\s*new XmlUrlResolver\b)/.test(
        flat(tree, node, 120),
      );
    },
  },
  {
    rule: 'unsafe-deserialisation',
    kinds: ['assignment', 'call'],
    needs: /TypeNameHandling|YAML|Psych|unserialize|object_load/,
    test: (context, node) => {
      const { tree } = context;
      const text = flat(tree, node, 200);
      if (tree.kind(node) === 'assignment')
        return /TypeNameHandling\s*=\s*TypeNameHandling\.(All|Auto|Objects)/.test(text);
      if (/^(YAML\.unsafe_load|serialize\.unserialize|Oj\.object_load)$/.test(fullName(tree, node)))
        return true;
      return (
        tree.table.language === 'ruby' &&
        /^(YAML|Psych)\.load$/.test(fullName(tree, node)) &&
        !/^\w+\.load\(?\s*(["']|<<|__dir__)|permitted_classes|safe:\s*true/.test(text)
      );
    },
  },
  { rule: 'hard-coded-secret', kinds: ['call', 'new'], callee: takingSecret, test: passesSecret },
  {
    rule: 'hard-coded-secret',
    kinds: ['call', 'new'],
    method: /^(SecretKeySpec|createHmac|createCipheriv|Fernet)$/,
    test: ({ tree, file }, node) =>
      file.role === 'source' &&
      /^(new SecretKeySpec\(\s*"[^"]{8,}"\.getBytes\(|(crypto\.)?create(Hmac|Cipheriv)\(\s*['"][\w-]+['"],\s*['"][^'"]{8,}['"]|Fernet\(\s*b?["'])/.test(
        flat(tree, node, 160),
      ),
  },
  {
    rule: 'hard-coded-secret',
    kinds: ['string'],
    needs: /:\/\/[^/\s:@]+:|password|pwd/i,
    test: holdsPassword,
  },
  {
    rule: 'archive-extraction',
    kinds: ['call'],
    method: /^extractall$/,
    test: ({ tree }, node) => {
      const { name, qualifier } = callAt(tree, node);
      return (
        tree.table.language === 'python' &&
        name === 'extractall' &&
        (/tar/i.test(qualifier ?? '') || isOfTar(tree)) &&
        !/filter\s*=|members\s*=/.test(flat(tree, node, 200))
      );
    },
  },
];
