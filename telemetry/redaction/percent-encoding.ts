/** A text may hold another one, percent-encoded, as the parameters of a URL do. */

/** A text as the finders read it, and where its characters stand in the original. */
interface Reading {
  plain: string;
  placeOf: (at: number) => number;
}

const ENCODED = /%[0-9A-Fa-f]{2}/;
/** A URL in a URL in a URL; more is no accident. */
const MAX_LEVELS = 3;

/** The text itself and what it says decoded once, twice and three times, as long as that differs. */
export function readings(text: string): Reading[] {
  const all: Reading[] = [{ plain: text, placeOf: (at) => at }];
  for (let level = 0; level < MAX_LEVELS; level++) {
    const last = all[level] as Reading;
    if (!ENCODED.test(last.plain)) break;
    const { plain, places } = decode(last.plain);
    all.push({ plain, placeOf: (at) => last.placeOf(places[at] ?? last.plain.length) });
  }
  return all;
}

/** Each byte becomes one character, so that a letter beyond ASCII is several: enough to find ends. */
function decode(text: string): { plain: string; places: number[] } {
  let plain = '';
  const places: number[] = [];
  for (let at = 0; at < text.length; at++) {
    places.push(at);
    const code = text[at] === '%' ? text.slice(at + 1, at + 3) : '';
    if (/^[0-9A-Fa-f]{2}$/.test(code)) {
      plain += String.fromCharCode(Number.parseInt(code, 16));
      at += 2;
    } else plain += text.charAt(at);
  }
  return { plain, places };
}
