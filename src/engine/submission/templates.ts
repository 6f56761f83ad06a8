import type { FileFacts } from '../facts.ts';

/** Templates that a framework draws, with code in them that is not read as such. */
const templates =
  /\.(razor|cshtml|vbhtml|erb|haml|slim|twig|ejs|jsp|blade\.php|hbs|handlebars|njk|pug|jinja2?|j2)$/i;
/** Pages and layouts, of which only some places hold code: the rest is text that a visitor reads. */
const pages = /\.(html?|fxml|a?xaml)$/i;

/** Names, lines and characters of templates that are looked at. */
const most = { names: 5_000, lines: 20_000, page: 200_000 };

/** Names in the templates of a program: what they call is used, though nobody else names it. */
export function namesInTemplates(
  files: readonly FileFacts[],
  linesOf: (path: string) => readonly string[],
): ReadonlySet<string> {
  const names = new Set<string>();
  let lines = 0;
  for (const file of files) {
    for (const line of linesDrawn(file, linesOf)) {
      lines += 1;
      if (lines > most.lines || names.size > most.names) return names;
      for (const name of line.slice(0, 500).match(/[A-Za-z_]\w*[?!]?/g) ?? []) names.add(name);
    }
  }
  return names;
}

function linesDrawn(
  { path, role }: FileFacts,
  linesOf: (path: string) => readonly string[],
): readonly string[] {
  if (templates.test(path)) return linesOf(path);
  const isOwn = role !== 'generated' && role !== 'vendored';
  return isOwn && pages.test(path) ? codeOf(linesOf(path)) : [];
}

/** The lines of a page with code in them, and no others. */
function codeOf(lines: readonly string[]): string[] {
  const text = lines.join('\n').slice(0, most.page);
  return [...text.matchAll(code)].flatMap((found) =>
    (found[1] ?? found[2] ?? found[3] ?? found[4] ?? '').split('\n'),
  );
}

/**
 * A script, the value of what listens or is bound (`onclick="save()"`, `(click)="save()"`, `@click`, `v-if`,
 * `onAction="#save"`, `Click="Save"`), and what a template engine fills in.
 */
const code =
  /<script\b[^>]*>([^]*?)<\/script>|\s(?:on\w+|fx:controller|x:Class|Click|Loaded|Command|\w+(?:Changed|Clicked|Pressed|Down|Up)|[([*#@:]\(?[\w.:-]+\)?\]?|(?:v|ng|data|hx|x)-[\w.:-]+)\s*=\s*"([^"]*)"|\{\{([^{}]*)\}\}|\{%([^%{}]*)%\}/g;
