/** A text of code without its comments, where `//` and `/*` begin them. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '');
}
