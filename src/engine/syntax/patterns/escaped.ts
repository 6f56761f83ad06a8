/** A name of the submission as part of an expression: each sign in it stands for itself. */
export function escaped(name: string): string {
  return name.replaceAll(/[^\w\s]/g, String.raw`\$&`);
}
