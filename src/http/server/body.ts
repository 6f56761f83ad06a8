import type { IncomingMessage } from 'node:http';
import { AppError } from '../../errors.ts';
import { outsideOf, type Middleware, type RequestContext } from '../request/context.ts';
import { httpRequestsShed } from '../request/metrics.ts';
import type { BodyRoom } from './body-room.ts';
import { createDiscard, type Discard } from './discard.ts';
import { FORM_BYTES, readFormBody } from './form.ts';
import { readJsonBody } from './json-gate.ts';
import { fileTooLarge, FRAMING_BYTES } from './multipart.ts';
import type { Overload } from './overload.ts';
import type { ReceiveTimes } from './receive-times.ts';

/** A body that is announced so much larger than the limit is not read on to its end. */
const DRAIN_BYTES = 16_777_216;

function tooLarge(limit: number, announced = 0): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', `The request body is larger than ${limit} bytes.`, {
    help: { suggestion: `Send at most ${limit} bytes, or upload the files one by one.` },
    headers: announced > limit + DRAIN_BYTES ? { Connection: 'close' } : {},
  });
}

/** Of a body that comes in pieces, 0. */
function announcedBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0);
}

/**
 * Reads at most `limit` bytes; nothing beyond the limit is kept.
 *
 * @param parts.admit is told how many bytes have come; what it throws ends the reading
 * @throws {AppError} PAYLOAD_TOO_LARGE as soon as the limit is known to be passed
 */
async function readBody(
  request: IncomingMessage,
  limit: number,
  signal: AbortSignal,
  { admit, discard }: { admit: (bytes: number) => void; discard: Discard },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error) => {
      request.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      if (error === undefined) resolve();
      else {
        chunks.length = 0;
        discard(request);
        reject(error);
      }
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) return settle(tooLarge(limit));
      chunks.push(chunk);
      try {
        admit(size);
      } catch (error) {
        settle(error as Error);
      }
    };
    const onEnd = () => settle();
    const onError = (error: Error) => settle(incomplete(error));
    const onClose = () => settle(incomplete());
    const onAbort = () => settle(signal.reason instanceof Error ? signal.reason : incomplete());
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    request.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  });
  return Buffer.concat(chunks, size);
}

/** Each is written to disk while it comes; none of them holds a slot meanwhile. */
const UPLOADS_AT_ONCE = 8;
/** From the start of the request, milliseconds: 10 MB at 3 Mbit/s. All other requests have half of it. */
export const UPLOAD_RECEIVE_MS = 30_000;

function tooManyUploads(): AppError {
  httpRequestsShed.inc({ reason: 'bodies' });
  return new AppError('SERVICE_UNAVAILABLE', 'Too many uploads are being received.', {
    retryAfter: 1,
  });
}

function incomplete(cause?: Error): AppError {
  return new AppError('BAD_REQUEST', 'The request body ended before it was complete.', { cause });
}

const mediaTypes = {
  json: [/^application\/([a-z0-9.+-]+\+)?json$/, 'application/json'],
  form: [/^application\/x-www-form-urlencoded$/, 'application/x-www-form-urlencoded'],
  multipart: [/^multipart\/form-data$/, 'multipart/form-data'],
} as const;

function requireType(request: IncomingMessage, kind: keyof typeof mediaTypes): void {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Compressed request bodies are not accepted.', {
      help: { suggestion: 'Send the body without Content-Encoding.' },
    });
  }
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '')
    .toLowerCase()
    .split(';');
  const charset = parameters.map((p) => p.trim()).find((p) => p.startsWith('charset='));
  const utf8 =
    kind === 'multipart' || charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  const [pattern, name] = mediaTypes[kind];
  if (!pattern.test(type.trim()) || !utf8) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', `The request body must be ${name} in UTF-8.`, {
      help: { suggestion: `Send Content-Type: ${name}.` },
    });
  }
}

/**
 * Parses the JSON body or the form of requests whose route takes one, if there is room for it where the route says so.
 *
 * @param options.room for the bodies of all requests; without it there is no bound
 * @param options.overload whose slot a request does without while its body comes
 */
export function body(options: {
  maxBytes: number;
  room?: BodyRoom;
  overload?: Overload;
  /** Shared with whoever else refuses what has a body. */
  discard?: Discard;
  receiveTimes?: Pick<ReceiveTimes, 'allow'>;
}): Middleware {
  const { maxBytes, room, overload, discard = createDiscard(), receiveTimes } = options;
  const enter = ({ req, state }: RequestContext) => {
    const announced = announcedBytes(req);
    try {
      if (announced > maxBytes) throw tooLarge(maxBytes, announced);
      const held = room?.enter(announced);
      return { held, place: state.facts.admission?.enter(announced) };
    } catch (error) {
      discard(req);
      throw error;
    }
  };
  const read: Middleware = async (ctx, next) => {
    requireType(ctx.req, 'json');
    const { held, place } = enter(ctx);
    let isDone = false;
    try {
      const admit = (size: number) => {
        held?.hold(size);
        place?.hold(size);
      };
      const bytes = await outsideOf(ctx)(() =>
        readBody(ctx.req, maxBytes, ctx.state.signal, { admit, discard }),
      );
      await room?.turn(bytes.length);
      place?.begin();
      ctx.state.json = readJsonBody(bytes);
      ctx.state.body = ctx.state.json.value;
      await next();
      isDone = true;
    } finally {
      place?.leave(isDone);
      held?.leave();
    }
  };
  const readForm: Middleware = async (ctx, next) => {
    requireType(ctx.req, 'form');
    const announced = announcedBytes(ctx.req);
    if (announced > FORM_BYTES) {
      discard(ctx.req);
      throw tooLarge(FORM_BYTES, announced);
    }
    ctx.state.body = readFormBody(
      await outsideOf(ctx)(() =>
        readBody(ctx.req, FORM_BYTES, ctx.state.signal, { admit: () => undefined, discard }),
      ),
    );
    return next();
  };
  let uploads = 0;
  /** Its route reads it. */
  const hold: Middleware = async (ctx, next) => {
    const { req } = ctx;
    try {
      requireType(req, 'multipart');
      const announced = announcedBytes(req);
      if (announced > maxBytes + FRAMING_BYTES) throw fileTooLarge(maxBytes);
      if (uploads >= UPLOADS_AT_ONCE) throw tooManyUploads();
      // Of a body that is larger than others may be, the server has not asked for the rest.
      if (announced > maxBytes && req.headers.expect !== undefined) ctx.res.writeContinue();
      uploads += 1;
      receiveTimes?.allow(req, UPLOAD_RECEIVE_MS);
      try {
        await next();
      } finally {
        uploads -= 1;
      }
    } finally {
      discard(req);
    }
  };
  const readers = { json: read, form: readForm, multipart: hold };
  return function body(ctx, next) {
    const { body: kind } = ctx.state.facts;
    if (overload !== undefined) ctx.state.overload = overload;
    if (kind === 'none') return next();
    return readers[kind](ctx, next);
  };
}
