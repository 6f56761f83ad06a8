/** Addresses of persons; versions, files, hosts and remotes that have an `@` are none. */
import type { Finder } from './finding.ts';

/** Letters of domains and names beyond ASCII: no punctuation, no signs. */
const LETTERS = 'A-Za-z0-9\\u00c0-\\u1fff\\u3040-\\ud7ff';
const DOMAIN = new RegExp(
  `@(?:([${LETTERS}-]{1,63}(?:\\.[${LETTERS}-]{1,63}){1,8})|\\[(?:IPv6:)?[\\da-fA-F.:]{3,45}\\])`,
  'g',
);
const NAME = new RegExp(`(?<![${LETTERS}_.%+'-])(?:[${LETTERS}_.%+'-]*)$`);
const QUOTED_NAME = /(?<!\\)\\{0,3}"[\w .+!#$&'*/=?^{|}~-]{1,60}"$/;
const MAX_NAME = 64;

/** Ends of files that people write behind an `@`: `logo@2x.png`, `getty@tty1.service`. */
const FILE =
  /\.(?:png|jpe?g|gif|webp|avif|svg|ico|css|scss|less|m?js|cjs|m?ts|cts|tsx|jsx|json5?|map|html?|xml|ya?ml|toml|lock|txt|log|csv|tgz|gz|tar|bz2|xz|whl|jar|war|exe|dll|pdf|woff2?|ttf|wasm|mp[34]|service|socket|timer|target|mount|slice|device|path|conf|cfg|ini|sql|git|bak|tmp|patch|diff|node|vue|svelte)$/i;
/** Of machines: no person has an address there. */
const MACHINE = /\.(?:internal|localdomain|cluster\.local|svc|svc\.cluster\.local|in-addr\.arpa)$/i;
const VERSION = /^[vV]?\d+(?:\.[\dxX*]|\.\d|$)/;

export const findEmails: Finder = (text, hide, endsAt) => {
  if (!text.includes('@')) return;
  let done = 0;
  for (const { 0: all, 1: domain, index } of text.matchAll(DOMAIN)) {
    // What was hidden in front of a host is a password.
    const name = endsAt(index) ? '' : nameBefore(text, done, index);
    const end = index + all.replace(/-+$/, '').length;
    if (name === '' || isUserOfServer(text, index - name.length)) continue;
    if (!isPersonal(name, domain, text, end)) continue;
    hide(index - name.length, end, '[email]');
    done = end;
  }
};

function nameBefore(text: string, from: number, index: number): string {
  const before = text.slice(Math.max(from, index - MAX_NAME), index);
  if (before.endsWith('"')) return QUOTED_NAME.exec(before)?.[0] ?? '';
  const name = (NAME.exec(before)?.[0] ?? '').replace(/^['.]+/, '');
  // An escaped line break before it.
  const isEscaped = before[before.length - name.length - 1] === '\\';
  return isEscaped ? name.replace(/^[nrt](?=[^@]{2})/, '') : name;
}

/** `domain` is absent where an IP address stands in brackets. */
function isPersonal(name: string, domain: string | undefined, text: string, end: number): boolean {
  if (domain === undefined) return true;
  const last = domain.slice(domain.lastIndexOf('.') + 1).replace(/-+$/, '');
  if (!/^(?:[^\d-]+|xn--[\w-]+)$/.test(last)) return false;
  if (VERSION.test(domain) && !/^\d+\.[a-z]{2,}$/i.test(domain)) return false;
  if (FILE.test(domain) || MACHINE.test(domain) || /^\d+(?:x|\.x)\b/i.test(domain)) return false;
  // A remote of git, and what `scp` calls a place.
  return !(/^(?:git|hg|svn)$/i.test(name) || text.startsWith(':~', end));
}

/** `amqp://user@host`: who logs in on a machine. */
function isUserOfServer(text: string, start: number): boolean {
  return /(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|nats|ssh|git\+ssh|sftp|kafka):\/\/$/.test(
    text.slice(Math.max(0, start - 20), start),
  );
}
