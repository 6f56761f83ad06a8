import type { FullLanguage } from '../../facts.ts';
import { cpp } from './cpp.ts';
import { csharp } from './csharp.ts';
import { go } from './go.ts';
import { java } from './java.ts';
import type { LanguageTable } from './language-table.ts';
import { php } from './php.ts';
import { python } from './python.ts';
import { ruby } from './ruby.ts';
import { rust } from './rust.ts';
import { javascript, tsx, typescript } from './typescript.ts';

export const languageTables: Readonly<Record<FullLanguage, LanguageTable>> = {
  python,
  typescript,
  tsx,
  javascript,
  java,
  go,
  rust,
  csharp,
  cpp,
  php,
  ruby,
};

/** Whether functions, classes and patterns of a language are found. */
export function isJudged(language: string): boolean {
  return Object.hasOwn(languageTables, language);
}

/** Languages that are parsed for their error share, size and comments only. */
export const parsedOnly: Readonly<Record<string, string>> = {
  bash: 'bash',
  css: 'css',
  powershell: 'powershell',
  ini: 'ini',
};
