/** What a document has its reader type: the commands of its `sh` blocks. */
import { spawnSync } from 'node:child_process';

/** Whether a shell would wait for another line. */
function isOpen(text: string): boolean {
  if (text.endsWith('\\')) return true;
  // Only what may go on asks the shell: a quote or a pipe at the end.
  const quotes = text.replaceAll(/\\./g, '');
  const isQuoted =
    (quotes.split("'").length - 1) % 2 === 1 || (quotes.split('"').length - 1) % 2 === 1;
  if (!isQuoted && !/\|\s*$/.test(text)) return false;
  return spawnSync('bash', ['-n', '-c', text]).status !== 0;
}

/** One for each, over as many lines as it takes; comments are left out. */
export function commandsOf(document: string): string[] {
  const commands: string[] = [];
  for (const [, indent = '', block = ''] of document.matchAll(/^( *)```sh\n(.*?)```/gms)) {
    let open = '';
    for (const line of block.split('\n').map((one) => one.slice(indent.length))) {
      if (open === '' && /^(#.*)?$/.test(line.trim())) continue;
      open += `${open === '' ? '' : '\n'}${line}`;
      if (isOpen(open)) continue;
      commands.push(open);
      open = '';
    }
    if (open.trim() !== '') commands.push(open);
  }
  return commands.map((command) => command.replace(/\s+#\s[^'"]*$/, '').trim());
}
