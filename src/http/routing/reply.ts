/** What a handler returned becomes the answer, by the kind of reply that its route states. */
import { Readable } from 'node:stream';
import type { ReplyKind, RequestContext } from '../request/context.ts';
import { JsonText } from '../../json/json-text.ts';
import type { Reply, StreamItem } from './route.ts';

/** `Content-Type` where the handler gives none. */
export const contentTypes: Record<ReplyKind, string> = {
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  bytes: 'application/octet-stream',
  events: 'text/event-stream; charset=utf-8',
};

export function reply(ctx: RequestContext, kind: ReplyKind, answer: Reply): void {
  const { status, body, headers } = answer;
  ctx.status = status;
  if (headers !== undefined) ctx.set(headers);
  if (body === undefined) {
    ctx.body = null;
    // Koa has turned a null body into 204.
    ctx.status = status;
    return;
  }
  if (headers?.['Content-Type'] === undefined)
    ctx.res.setHeader('Content-Type', contentTypes[kind]);
  if (kind === 'json') ctx.body = typeof body === 'string' ? body : JSON.stringify(body);
  else if (kind === 'events') ctx.body = eventStream(body as AsyncIterable<StreamItem>);
  else ctx.body = body;
}

/** Koa destroys it when the client leaves, which ends the iteration. */
function eventStream(events: AsyncIterable<StreamItem>): Readable {
  const lines = async function* () {
    for await (const item of events) yield toLines(item);
  };
  return Readable.from(lines(), { objectMode: false });
}

function toLines(item: StreamItem): string {
  if ('comment' in item) return `: ${item.comment}\n\n`;
  const { id, event, data } = item;
  const head = id === undefined ? '' : `id: ${id}\n`;
  const text = data instanceof JsonText ? data.text : JSON.stringify(data);
  return `${head}event: ${event}\ndata: ${text}\n\n`;
}
