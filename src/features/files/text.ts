/** Whether bytes are text. A submission is text; the kind of anything else is told to whoever sent it. */
import { fileTypeFromBuffer } from 'file-type';

/** `file-type` looks at no more than this of what it is given; more would only cost. */
export const TYPE_SAMPLE_BYTES = 4100;

/** They may be clean UTF-8, and are no text to assess. */
const documents: ReadonlySet<string> = new Set(['pdf', 'rtf', 'ps', 'eps']);

/** Reads pieces of a text one after the other. */
interface TextCheck {
  /** @returns whether all that was seen can be text */
  add: (piece: Uint8Array) => boolean;
  end: () => boolean;
}

/** UTF-8 without NUL, which PostgreSQL cannot keep in JSON either. */
export function createTextCheck(): TextCheck {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isText = true;
  const decode = (piece?: Uint8Array) => {
    if (!isText) return false;
    try {
      decoder.decode(piece, { stream: piece !== undefined });
    } catch {
      isText = false;
    }
    return isText;
  };
  return {
    add(piece) {
      if (piece.includes(0)) isText = false;
      return decode(piece);
    },
    end: () => decode(),
  };
}

/** What is no UTF-8 text, nor of a type that is known. */
export const UNKNOWN_TYPE = 'unknown';

/**
 * @param head the first bytes
 * @param isText all of it is clean UTF-8
 * @returns what it is instead of a text to assess, such as `png`, or `UNKNOWN_TYPE`; null for a text
 */
export async function foreignType(head: Uint8Array, isText: boolean): Promise<string | null> {
  const found = await fileTypeFromBuffer(head.subarray(0, TYPE_SAMPLE_BYTES)).catch(
    () => undefined,
  );
  // Two letters suffice for some types (`BM` is a bitmap): what is clean text is text all the same.
  if (isText) return found !== undefined && documents.has(found.ext) ? found.ext : null;
  return found?.ext ?? UNKNOWN_TYPE;
}

/** As `foreignType`, of all the bytes. */
export async function foreignContent(bytes: Uint8Array): Promise<string | null> {
  const check = createTextCheck();
  const isText = check.add(bytes) && check.end();
  return foreignType(bytes, isText);
}
