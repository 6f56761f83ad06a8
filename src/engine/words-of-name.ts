import { memoize } from './memoize.ts';

/** 1 MB of code declares and uses 9,000 names. */
const namesKept = 16_000;

/** `parseHTTPHeader_v2` → parse, http, header, v2. */
export const wordsOfName = memoize(splitName, namesKept);

function splitName(name: string): readonly string[] {
  if (/^[a-z\d]+$/.test(name)) return [name];
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z\d]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}
