import type { FileFacts } from '../facts.ts';

/** Templates that a framework draws, with code in them that is not read as such. */
const templates =
  /\.(razor|cshtml|vbhtml|erb|haml|slim|twig|ejs|jsp|blade\.php|hbs|handlebars|njk|pug|jinja2?|j2)$/i;

/** Names and lines of templates that are looked at. */
const most = { names: 5_000, lines: 20_000 };

/** Names in the templates of a program: what they call is used, though nobody else names it. */
export function namesInTemplates(
  files: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
): ReadonlySet<string> {
  const names = new Set<string>();
  let lines = 0;
  for (const { path } of files) {
    if (!templates.test(path)) continue;
    for (const line of linesOf(path)) {
      lines += 1;
      if (lines > most.lines || names.size > most.names) return names;
      for (const name of line.slice(0, 500).match(/[A-Za-z_]\w*[?!]?/g) ?? []) names.add(name);
    }
  }
  return names;
}
