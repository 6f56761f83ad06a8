import type { FileFacts } from '../facts.ts';
import { ratio, sum } from '../numbers.ts';
import { isJudged } from '../syntax/languages/tables.ts';
import { languageName } from '../syntax/languages/unjudged-languages.ts';

/** Code in languages that are not judged, beside the code that is. */
export interface UnjudgedCode {
  /** Most lines first. */
  languages: { language: string; lines: number; files: number }[];
  lines: number;
  /** Of all lines of code, 0 to 1. */
  share: number;
}

export interface LeftOutFile {
  path: string;
  role: string;
  /** Follows "left out because", without a full stop. */
  reason: string;
}

function isCode({ role }: FileFacts): boolean {
  return role === 'source' || role === 'test';
}

/** Lines of code by language that no criterion sees. Markup, styles and data are no programs. */
export function unjudgedCode(files: readonly FileFacts[]): UnjudgedCode {
  const code = files.filter(isCode);
  const found = new Map<string, { language: string; lines: number; files: number }>();
  for (const { language, lines } of code) {
    if (isJudged(language)) continue;
    const known = found.get(language) ?? { language, lines: 0, files: 0 };
    found.set(language, { language, lines: known.lines + lines, files: known.files + 1 });
  }
  const languages = [...found.values()].sort(
    (a, b) => b.lines - a.lines || (a.language < b.language ? -1 : 1),
  );
  const lines = sum(languages.map((item) => item.lines));
  return { languages, lines, share: ratio(lines, sum(code.map((file) => file.lines))) };
}

/** Every file that no score rests on, with the reason; documents and judged code are left in. */
export function leftOutFiles(
  files: readonly FileFacts[],
  unreadable: readonly string[],
  errorLimit: number,
): LeftOutFile[] {
  const out = files.flatMap((file): LeftOutFile[] => {
    const reason = reasonOf(file, errorLimit);
    return reason === null ? [] : [{ path: file.path, role: file.role, reason }];
  });
  return [
    ...out,
    ...unreadable.map((path) => ({ path, role: 'binary', reason: 'it is not text' })),
  ];
}

function reasonOf(file: FileFacts, errorLimit: number): string | null {
  if (isCode(file)) {
    if (!isJudged(file.language)) return `${languageName(file.language)} is not judged`;
    if (file.nodes === 0) return 'it could not be parsed within the limits';
    return file.errorShare > errorLimit
      ? `${Math.round(file.errorShare * 100)} % of it could not be read as ${languageName(file.language)}`
      : null;
  }
  const isRead = file.role === 'docs' && (file.language === 'markdown' || file.language === 'text');
  return isRead ? null : (file.roleReason ?? `it is ${file.role}`);
}
