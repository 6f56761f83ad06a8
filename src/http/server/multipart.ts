/**
 * Bodies of `multipart/form-data` (RFC 7578), handed on part by part while they come. Nothing of a file is held
 * here beyond what the sockets brought at once.
 */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { AppError } from '../../errors.ts';
import { ClientGone } from '../request/deadline.ts';
import { invalid, jsonPointer } from '../routing/validate.ts';

/** Delimiters, headers of parts and fields, beside the files themselves. */
export const FRAMING_BYTES = 65_536;
/** At most, in one request. */
export const MAX_FILE_PARTS = 100;
const MAX_FIELDS = 5;
const FIELD_BYTES = 1024;
const HEADER_BYTES = 8192;

export interface FilePart {
  /** Name of its field. */
  field: string;
  /** As the client wrote it, with its path; '' where it wrote none. */
  name: string;
  /** It ends in an error when the file is too large, or the rest does not come. */
  content: AsyncIterable<Buffer>;
}

export interface Multipart {
  /** Bytes of all files, as the client may send them. */
  maxBytes: number;
  signal: AbortSignal;
  /** One after the other; the next one waits. What it throws ends the reading. */
  onFile: (part: FilePart) => Promise<void>;
}

export function fileTooLarge(limit: number): AppError {
  return new AppError('FILE_TOO_LARGE', `The upload is larger than ${limit} bytes.`, {
    help: { suggestion: `Send at most ${limit} bytes in one request.` },
  });
}

function malformed(cause?: unknown): AppError {
  const detail = 'The request body is no complete multipart/form-data.';
  return new AppError('BAD_REQUEST', detail, { cause });
}

function openParser(request: IncomingMessage): BusboyInstance {
  const { headers } = request;
  try {
    return new Busboy({
      headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
      preservePath: true,
      limits: {
        files: MAX_FILE_PARTS,
        fields: MAX_FIELDS,
        parts: MAX_FILE_PARTS + MAX_FIELDS,
        fieldSize: FIELD_BYTES,
        fieldNameSize: 100,
        headerSize: HEADER_BYTES,
        headerPairs: 20,
      },
    });
  } catch (error) {
    throw malformed(error);
  }
}

/**
 * @returns the fields that are no files
 * @throws {AppError} BAD_REQUEST, FILE_TOO_LARGE, VALIDATION_ERROR; what `onFile` throws. Once it has settled nothing
 *   of the body is read or handed on any more, and nothing waits
 */
export async function readMultipart(
  request: IncomingMessage,
  { maxBytes, signal, onFile }: Multipart,
): Promise<Map<string, string>> {
  const parser = openParser(request);
  const fields = new Map<string, string>();
  const open = new Set<BusboyFileStream>();
  const { promise: parsed, resolve, reject } = Promise.withResolvers<undefined>();
  let failure: unknown;
  /** Of the files, one after the other. */
  let work = Promise.resolve();
  let bytes = 0;

  const fail = (error: unknown) => {
    failure ??= error;
    for (const file of open) file.destroy(failure instanceof Error ? failure : malformed());
    reject(failure);
  };
  const onField = (name: string | undefined, value: string, _: boolean, isCut: boolean) => {
    const field = name ?? '';
    const refuse = (code: string, message: string) =>
      fail(invalid('The form does not fit.', [{ pointer: jsonPointer([field]), message, code }]));
    if (fields.has(field)) refuse('duplicate_member', 'is given more than once');
    else if (isCut) refuse('too_big', `must have at most ${FIELD_BYTES} bytes`);
    else fields.set(field, value);
  };
  const onPart = (field: string | undefined, file: BusboyFileStream, name: unknown) => {
    file.on('error', () => undefined).once('close', () => open.delete(file));
    open.add(file);
    if (failure !== undefined) {
      file.destroy(malformed());
      return;
    }
    const part = {
      field: field ?? '',
      name: typeof name === 'string' ? name : '',
      content: contentOf(file, (size) => {
        bytes += size;
        if (bytes > maxBytes) throw fileTooLarge(maxBytes);
      }),
    };
    work = work.then(() => (failure === undefined ? onFile(part) : undefined));
    work.catch(fail);
  };
  const tooMany = (what: string, limit: number) => () =>
    fail(
      invalid('The form has too many parts.', [
        { pointer: '', message: `must have at most ${limit} ${what}`, code: 'too_big' },
      ]),
    );
  parser
    .on('file', onPart)
    .on('field', onField)
    .on('filesLimit', tooMany('files', MAX_FILE_PARTS))
    .on('fieldsLimit', tooMany('fields', MAX_FIELDS))
    .on('partsLimit', tooMany('parts', MAX_FILE_PARTS + MAX_FIELDS))
    .on('error', (error: unknown) => fail(malformed(error)))
    .on('finish', () => resolve(undefined));

  const stop = feed(request, parser, { maxBytes, signal, fail });
  try {
    await parsed;
    await work;
  } catch (error) {
    await work.catch(() => undefined);
    throw error;
  } finally {
    stop();
  }
  return fields;
}

async function* contentOf(
  file: Readable,
  count: (bytes: number) => void,
): AsyncGenerator<Buffer, void> {
  for await (const chunk of file) {
    count((chunk as Buffer).length);
    yield chunk as Buffer;
  }
}

/** @returns takes its hands off the request, of which the rest is somebody else's */
function feed(
  request: IncomingMessage,
  parser: BusboyInstance,
  options: {
    maxBytes: number;
    signal: AbortSignal;
    fail: (error: unknown) => void;
  },
): () => void {
  const { maxBytes, signal, fail } = options;
  const limit = maxBytes + FRAMING_BYTES;
  let size = 0;
  const onData = (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) return fail(fileTooLarge(maxBytes));
    if (parser.write(chunk)) return;
    request.pause();
    parser.once('drain', onDrain);
  };
  const onDrain = () => request.resume();
  const onEnd = () => parser.end();
  const onClose = () => {
    // Its cause tells it from a body that came, and is none.
    if (!request.readableEnded)
      fail(malformed(new ClientGone('The body was not sent to its end.')));
  };
  const onAbort = () => fail(signal.reason);
  request.on('data', onData).on('end', onEnd).on('error', onClose).on('close', onClose);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return () => {
    request.off('data', onData).off('end', onEnd).off('error', onClose).off('close', onClose);
    signal.removeEventListener('abort', onAbort);
    parser.off('drain', onDrain);
  };
}
