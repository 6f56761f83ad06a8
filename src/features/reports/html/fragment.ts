import { html, raw } from 'hono/html';
import { visible } from './visible-text.ts';

/** Markup; values in its template are escaped. */
export type Fragment = ReturnType<typeof html>;

/** A sentence of the engine: what it quotes by backticks is code. */
export function sentence(text: string): Fragment {
  const parts = text.split(/`([^`]+)`/);
  return html`${parts.map((part, index) =>
    index % 2 === 1 ? html`<code>${raw(visible(part))}</code>` : raw(visible(part)),
  )}`;
}

/** Text of a stranger as it is. */
export function quoted(text: string): Fragment {
  return raw(visible(text));
}
