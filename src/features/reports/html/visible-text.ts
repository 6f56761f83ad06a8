/** Characters that nobody sees, or that change the order of what is seen; not those that join emoji. */
const unseen =
  /(?:\p{Extended_Pictographic}\u{fe0f}?\u{200d})+\p{Extended_Pictographic}|((?:[^\P{Cc}\t\n\r]|\p{Cf}|[\u{2028}\u{2029}])+)/gu;

/** Escaped for a text of HTML, not for an attribute; what nobody would see stands there by its number, so that a quotation is exact. */
export function visible(text: string, { isEscaped = false } = {}): string {
  const safe = isEscaped
    ? text
    : text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return safe.replaceAll(unseen, (emoji: string, signs: string | undefined) =>
    signs === undefined
      ? emoji
      : `<span class="unseen">${Array.from(signs, codeOf).join(' ')}</span>`,
  );
}

function codeOf(sign: string): string {
  return `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
