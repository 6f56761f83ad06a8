import { fullLanguages, type FileRole, type Language } from '../../facts.ts';

const styles = { role: 'data', reason: 'it is a style sheet, which is not judged' } as const;
const markup = { role: 'data', reason: 'it is markup, which is not judged' } as const;
const settings = { role: 'config', reason: 'it is configuration' } as const;
const statements = { role: 'data', reason: 'it is in a language of queries or schemas' } as const;

/** Languages that programs are not written in, with what files in them are. */
export const notPrograms: Readonly<Record<string, { role: FileRole; reason: string } | undefined>> =
  {
    css: styles,
    scss: styles,
    less: styles,
    html: markup,
    xml: markup,
    json: settings,
    yaml: settings,
    ini: settings,
    toml: settings,
    dockerfile: settings,
    makefile: settings,
    cmake: settings,
    terraform: settings,
    gomod: settings,
    meson: settings,
    nix: settings,
    sql: statements,
    graphql: statements,
    protobuf: statements,
    prisma: statements,
    http: { role: 'data', reason: 'it is requests to send' },
    csv: { role: 'data', reason: 'it is data' },
  };

const names: Readonly<Record<string, string>> = {
  csharp: 'C#',
  cpp: 'C/C++',
  fsharp: 'F#',
  php: 'PHP',
  javascript: 'JavaScript',
  typescript: 'TypeScript',
  ocaml: 'OCaml',
  bash: 'shell',
  powershell: 'PowerShell',
  html: 'HTML',
  css: 'CSS',
  sql: 'SQL',
  json: 'JSON',
  yaml: 'YAML',
  xml: 'XML',
  objectivec: 'Objective-C',
  cobol: 'COBOL',
  matlab: 'MATLAB',
  vb: 'Visual Basic',
  graphql: 'GraphQL',
  notebook: 'a notebook',
  tsx: 'TSX',
};

/** `csharp` as a reader knows it. */
export function languageName(language: Language): string {
  return names[language] ?? language.charAt(0).toUpperCase() + language.slice(1);
}

/** The languages that are judged, as a list in a sentence. */
export function judgedNames(): string {
  const all = fullLanguages.filter((language) => language !== 'tsx').map(languageName);
  return `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}
