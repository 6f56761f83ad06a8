/**
 * What may be told about a statement without telling its values. MikroORM sends SQL with the
 * values inlined, so its text holds e-mail addresses and tokens until the literals are gone.
 */

export interface SqlDescription {
  /** The statement with every literal replaced by `?` and without comments; at most 2,000 characters. */
  text: string;
  /** Low-cardinality name such as `SELECT candidates`. */
  summary: string;
}

const MAX_INPUT = 16_384;
const MAX_TEXT = 2000;
const MAX_WORDS = 600;

const OPERATIONS = new Set(
  `SELECT INSERT UPDATE DELETE MERGE BEGIN START COMMIT ROLLBACK SAVEPOINT RELEASE SET SHOW RESET
   CREATE ALTER DROP TRUNCATE COPY CALL DO EXPLAIN ANALYZE VACUUM LOCK LISTEN UNLISTEN NOTIFY
   DISCARD DECLARE FETCH CLOSE PREPARE EXECUTE DEALLOCATE GRANT REVOKE COMMENT VALUES WITH`.split(
    /\s+/,
  ),
);

const TOKEN =
  /\s+|--[^\n]*|\/\*|[eE]'|(?:[bBxXnN]|[uU]&)?'|"[^"]*"|\$(?:[A-Za-z_]\w*)?\$|\$\d+|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*|[^]/y;

interface Word {
  text: string;
  /** How many parentheses are open. */
  depth: number;
}

/** A closed set, so that it may become a label: the first word when it is SQL, else `OTHER`. */
export function sqlOperation(sql: string): string {
  const word = /^[\s(]*([A-Za-z]+)/.exec(sql)?.[1]?.toUpperCase() ?? '';
  return OPERATIONS.has(word) ? word : 'OTHER';
}

export function describeSql(sql: string): SqlDescription {
  const { parts, words } = scan(sql.slice(0, MAX_INPUT));
  const text = parts
    .join('')
    .replace(/\?(?:\s*(?:,\s*)?\?)+/g, '?')
    .replace(/\(\?\)(?:\s*,\s*\(\?\))+/g, '(?)')
    .replace(/ {2,}/g, ' ')
    .trim();
  return {
    text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text,
    summary: summarise(sql, words),
  };
}

function scan(sql: string): { parts: string[]; words: Word[] } {
  const parts: string[] = [];
  const words: Word[] = [];
  let depth = 0;
  let at = 0;
  while (at < sql.length) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(sql)?.[0] ?? '';
    at += token.length;
    const literalEnd = endOfLiteral(sql, token, at);
    if (literalEnd !== null) {
      at = literalEnd;
      parts.push('?');
    } else if (token === '/*') {
      at = endOfComment(sql, at);
      parts.push(' ');
    } else if (/^(\s|--)/.test(token)) {
      parts.push(' ');
    } else {
      if (token === ')') depth--;
      if (words.length < MAX_WORDS) words.push({ text: token, depth });
      if (token === '(') depth++;
      parts.push(token);
    }
  }
  return { parts, words };
}

/** Index after the literal that `token` opens (or is), or null when it opens none. */
function endOfLiteral(sql: string, token: string, at: number): number | null {
  if (token.endsWith("'")) {
    return /^e/i.test(token) ? endOfEscapedString(sql, at) : after(sql.indexOf("'", at), 1, sql);
  }
  if (/^\$.*\$$/s.test(token)) return after(sql.indexOf(token, at), token.length, sql);
  return /^\d/.test(token) ? at : null;
}

/** An unterminated literal reaches to the end: better to show too little. */
function after(index: number, length: number, sql: string): number {
  return index === -1 ? sql.length : index + length;
}

function endOfEscapedString(sql: string, at: number): number {
  for (let i = at; i < sql.length; i++) {
    if (sql[i] === '\\') i++;
    else if (sql[i] === "'") return i + 1;
  }
  return sql.length;
}

/** PostgreSQL's comments nest. */
function endOfComment(sql: string, at: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = at;
  let open = 1;
  while (open > 0) {
    const found = edge.exec(sql);
    if (found === null) return sql.length;
    open += found[0] === '/*' ? 1 : -1;
  }
  return edge.lastIndex;
}

function summarise(sql: string, words: Word[]): string {
  const first = sqlOperation(sql);
  const main = /^(select|insert|update|delete|merge)$/i;
  const start =
    first === 'WITH'
      ? words.findIndex(({ text, depth }) => depth === 0 && main.test(text))
      : words.findIndex(({ text }) => /^[A-Za-z]/.test(text));
  const verb = words[start];
  if (verb === undefined) return first;
  const operation = sqlOperation(verb.text);
  const table = tableOf(operation, words, start);
  return table === '' ? operation : `${operation} ${table}`;
}

const introducedBy: Record<string, string> = {
  SELECT: 'from',
  DELETE: 'from',
  INSERT: 'into',
  MERGE: 'into',
  UPDATE: 'update',
  TRUNCATE: 'truncate',
};

/** The name after the keyword that introduces it, on the level of the statement itself; of a CTE that of its own table. */
function tableOf(operation: string, words: Word[], start: number): string {
  const keyword = introducedBy[operation];
  const depth = words[start]?.depth;
  const at = words.findIndex(
    (word, i) => i >= start && word.depth === depth && word.text.toLowerCase() === keyword,
  );
  const name = keyword === undefined || at === -1 ? '' : nameAt(words, at + 1);
  const cte = words.findIndex(
    ({ text }, i) => i < start && text === name && /^as$/i.test(words[i + 1]?.text ?? ''),
  );
  if (name === '' || cte === -1) return name;
  const verb = words.findIndex(({ text }, i) => i > cte && sqlOperation(text) in introducedBy);
  // What it reads stands before it, so that this ends.
  return verb < start ? tableOf(sqlOperation(words[verb]?.text ?? ''), words, verb) : name;
}

function nameAt(words: Word[], from: number): string {
  let at = from;
  while (/^(only|table)$/i.test(words[at]?.text ?? '')) at++;
  while (words[at + 1]?.text === '.') at += 2;
  const name = words[at]?.text.replaceAll('"', '') ?? '';
  return /^[A-Za-z_][\w$]{0,62}$/.test(name) ? name : '';
}

/** Whether a code is PostgreSQL's own. EPIPE looks like one, but none begins with E. */
export function isSqlState(code: string): boolean {
  return /^(?!E)[0-9A-Z]{5}$/.test(code);
}
