import assert from 'node:assert/strict';

/** Fields of an event; of a comment, none. */
export type EventFields = Record<string, string>;

/** The events of a `text/event-stream` as they come. @throws what cuts the connection */
export async function* eventsOf(response: Response): AsyncGenerator<EventFields, void> {
  for await (const one of messagesOf(response)) if (one['event'] !== undefined) yield one;
}

/** The same, and its comments. */
export async function* messagesOf({ body }: Response): AsyncGenerator<EventFields, void> {
  assert.ok(body);
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of body) {
    const blocks = (text + decoder.decode(part, { stream: true })).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) yield fieldsOf(block);
  }
  assert.equal(text, '', 'it ends with a whole event');
}

function fieldsOf(block: string): EventFields {
  const lines = block.split('\n').map((line) => /^(\w+): (.*)$/.exec(line) ?? []);
  return Object.fromEntries(
    lines.flatMap(([, name, value = '']) => (name === undefined ? [] : [[name, value]])),
  );
}
