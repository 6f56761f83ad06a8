/** `parseHTTPHeader_v2` → parse, http, header, v2. */
export function wordsOfName(name: string): string[] {
  if (/^[a-z\d]+$/.test(name)) return [name];
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z\d]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}
