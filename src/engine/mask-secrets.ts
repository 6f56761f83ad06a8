/** Shapes of live credentials (issuers' published prefixes) and assignments to credential-like names. */
const tokenPatterns: readonly RegExp[] = [
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}\b/g,
  /\bgithub_pat_\w{20,}\b/g,
  /\bglpat-[\w-]{20,}/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/g,
  /\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}/g,
  /\bsk-[A-Za-z0-9_-]{20,}/g,
  /\bAIza[\w-]{30,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*/g,
];
/** What begins any of them. */
const tokenBeginning =
  /AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|[rs]k_|sk-|AIza|eyJ|-----BEGIN/;
const assignment =
  /(\b\w*(?:password|passwd|pwd|secret|token|api_?key|apikey|credential|private_?key)\w*["']?\s*(?:=>|:=|[:=])\s*(?:[\w.]+\()?)(["'`])([^"'`\n]{4,})\2/gi;
/** What the names of all such assignments hold: quickly looked for, and mostly missing. */
const named = /passw|pwd|secret|token|api_?key|credential|private_?key/i;
const inUrl = /(\b[a-z][a-z+]{1,12}:\/\/[^\s:/@"']{1,64}:)([^\s@/"']{3,})(@)/gi;

/** Replaces credentials by their first two characters and asterisks; with `all`, every string literal. */
export function maskSecrets(text: string, all: boolean): string {
  let masked = text;
  if (tokenBeginning.test(masked))
    for (const pattern of tokenPatterns) masked = masked.replace(pattern, shorten);
  if (named.test(masked)) {
    masked = masked.replace(
      assignment,
      (_match, head: string, quote: string, value: string) =>
        `${head}${quote}${shorten(value)}${quote}`,
    );
  }
  if (masked.includes('://')) {
    masked = masked.replace(
      inUrl,
      (_match, head: string, value: string, tail: string) => `${head}${shorten(value)}${tail}`,
    );
  }
  if (!all) return masked;
  return masked.replaceAll(
    /(["'`])([^"'`\n]{4,})\1/g,
    (_match, quote: string, value: string) => `${quote}${shorten(value)}${quote}`,
  );
}

function shorten(value: string): string {
  return `${value.slice(0, 2)}******`;
}
