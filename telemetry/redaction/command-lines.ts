/** Passwords among the arguments of commands that give them no name. */
import { endOf, type Finder } from './finding.ts';
import { readValue, tellsNothing } from './values.ts';

/** Where the value would be, the text around the command is closed. */
const MISSING = String.raw`(?!\s|\\{0,31}["'\`](?:[\s,:;)}\]]|$)|$)`;
const option = (pattern: string) => new RegExp(`[ \\t]${pattern}${MISSING}`, 'y');

/** By command: the option before the password, and whether a user and a colon stand before it. */
const commands: Readonly<Record<string, { option: RegExp; user?: true }>> = {
  curl: {
    option: option(String.raw`(?:-[A-Za-z#]{0,8}[uU][ \t]{0,4}|--(?:proxy-)?user(?:=|[ \t]{1,4}))`),
    user: true,
  },
  // A port is no password, and without a value it asks for one.
  mysql: { option: option(String.raw`-p(?!\d{1,5}:\d)`) },
  sshpass: { option: option(String.raw`-p[ \t]{0,4}`) },
  docker: { option: option(String.raw`-p[ \t]{1,4}`) },
  'redis-cli': { option: option(String.raw`-a[ \t]{1,4}`) },
};
/** A command, an option, or what ends a command. */
const PARTS =
  /\b(?:(curl|sshpass|redis-cli)|(mysql|mariadb)(?:-?(?:dump|admin|import|show|check))?(?=[ \t]{1,4}-)|(docker) login)(?=[ \t])|([ \t]-)|[\r\n]|[ \t](?:[|;]|&&)/g;

export const findCommandSecrets: Finder = (text, hide) => {
  const unclosed = new Set<string>();
  const parts = new RegExp(PARTS);
  let command: (typeof commands)[string] | undefined;
  for (let part = parts.exec(text); part !== null; part = parts.exec(text)) {
    const [, name, mysql, docker, dash] = part;
    if (dash === undefined) command = commands[name ?? docker ?? (mysql && 'mysql') ?? ''];
    else if (command !== undefined) {
      const at = endOf(command.option, text, part.index);
      if (at === part.index) continue;
      const value = readValue(text, at, unclosed);
      const start = command.user === true ? behindUser(text, value.start, value.end) : value.start;
      if (!tellsNothing(text.slice(start, value.end))) hide(start, value.end);
      parts.lastIndex = Math.max(parts.lastIndex, value.end);
    }
  }
};

/** The end itself where there is no user, or an address instead. */
function behindUser(text: string, start: number, end: number): number {
  const colon = text.slice(start, end).indexOf(':');
  return colon === -1 || text.startsWith('://', start + colon) ? end : start + colon + 1;
}
