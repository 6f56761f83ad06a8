/** Passwords in URLs and connection strings. */
import { endOf, endOfAll, type Finder } from './finding.ts';

const SCHEME = /[A-Za-z][\w+.-]{0,30}$/;
const AUTHORITY = /:\/\/[^\s:/"'`<>[]{0,256}(?=:)/g;
const CLOSING: Record<string, string> = { '"': '"', "'": "'", '`': '`', '<': '>', '(': ')' };
const HOST = /@(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?(?=[/?#,;:]|[\s"'`<>)}\]\\&]|$)/y;
/** Of these a number behind the colon is a port, and what follows a path. */
const WEB = /^(?:https?|wss?|file|chrome-extension|vscode|webpack|blob)$/i;

/** scheme://user:password@host; the password may hold anything but white space. */
export const findUrlPasswords: Finder = (text, hide) => {
  let done = 0;
  /** Up to here no password can end. */
  let noneBefore = 0;
  for (const { 0: head, index } of text.includes('://') ? text.matchAll(AUTHORITY) : []) {
    const start = index + head.length + 1;
    if (index < done || start < noneBefore) continue;
    const scheme = SCHEME.exec(text.slice(Math.max(0, index - 32), index))?.[0] ?? '';
    const run = readRun(text, start, text.charAt(index - scheme.length - 1));
    const length = endOfPassword(run, WEB.test(scheme));
    if (length > 0) {
      if (!/^(?:\[redacted\]|\*+|<[\w ]*>|\$\{[^}]*\})$/.test(run.slice(0, length)))
        hide(start, start + length);
      done = start + length;
    } else if (isCutOff(run, text, start + run.length)) {
      hide(start, start + run.length);
      done = start + run.length;
    } else noneBefore = start + run.length;
  }
};

/** To white space, to what closes the quotes around the URL, or to a quote that seems to. */
function readRun(text: string, start: number, before: string): string {
  const closing = CLOSING[before];
  const end =
    closing === undefined || closing === '>' || closing === ')'
      ? endOfAll(/[^\s"'`<>\\]+|["'`<>\\](?![\s,:;)}\]nr"'`\\]|$)/y, text, start)
      : endOfAll(quotedRun[closing] ?? /[^\s"]+/y, text, start);
  const run = text.slice(start, end);
  const next = run.search(/[,\s|][\w+.-]{2,30}:\/\//);
  return next > 0 && run.slice(0, next).includes('@') ? run.slice(0, next) : run;
}

const quotedRun: Readonly<Record<string, RegExp>> = {
  '"': /[^\s"\\]+|\\(?!["nr\\])|"(?=\w)/y,
  "'": /[^\s'\\]+|\\(?!['nr\\])|'(?=\w)/y,
  '`': /[^\s`\\]+|\\(?![`nr\\])|`(?=\w)/y,
};

/** The length of the password that the run begins with; 0: it begins with a port, or ends without a host. */
function endOfPassword(run: string, isWeb: boolean): number {
  if (isWeb && /^\d{1,5}(?:[/?#]|$)/.test(run)) return 0;
  const query = /@[\w.-]+(?::\d{1,5})?(?:\/[\w.-]*)?\?[\w.-]+=/.exec(run);
  const authority = query === null ? run : run.slice(0, query.index + query[0].length - 1);
  let length = 0;
  for (let at = authority.indexOf('@'); at !== -1; at = authority.indexOf('@', at + 1)) {
    if (endOf(HOST, authority, at) > at) length = at;
  }
  return length > 0 ? length : Math.max(authority.lastIndexOf('@'), 0);
}

/** The text ends in the middle of a password: behind the colon is no port, nor a name of one. */
function isCutOff(run: string, text: string, end: number): boolean {
  const rest = text.slice(end, end + 4);
  const atEnd =
    end >= text.length || /^(?:…|\.\.\.)/.test(rest) || run.endsWith('...') || run.endsWith('…');
  return (
    atEnd &&
    run.length >= 6 &&
    /\d/.test(run) &&
    /[A-Za-z]/.test(run) &&
    !/^\d{1,5}\b|^[\w-]*[/?#]/.test(run)
  );
}

/** What lets its owner post into a room is the path; the token of a bot is a part of it. */
const HOOKS =
  /(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/|webhook\.office\.com\/webhookb2\/|chat\.googleapis\.com\/v1\/spaces\/|hooks\.zapier\.com\/hooks\/catch\/|outlook\.office\.com\/webhook\/|api\.telegram\.org\/(?:file\/)?bot)[^\s"'`<>\\?)]+/g;

export const findWebhooks: Finder = (text, hide) => {
  if (!text.includes('hook') && !text.includes('telegram') && !text.includes('googleapis')) return;
  for (const { 0: all, 1: place = '', index } of text.matchAll(HOOKS)) {
    hide(index + place.length, index + all.length);
  }
};
