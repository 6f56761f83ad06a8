/** As it is answered, of what a row has (RFC 3339, in UTC); null: not yet, or never. */
export function instant(at: string | Date | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
