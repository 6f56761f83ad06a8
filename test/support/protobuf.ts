/** Just enough of the protobuf wire format to read what an exporter sent. */
export interface Message {
  has(field: number): boolean;
  number(field: number): number;
  bytes(field: number): Buffer;
  messages(field: number): Message[];
}

export function decodeMessage(buffer: Buffer): Message {
  const fields = new Map<number, (number | Buffer)[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer[at++];
      if (byte === undefined) throw new Error('The protobuf message is cut off.');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  const take = (length: number) => {
    at += length;
    if (at > buffer.length) throw new Error('The protobuf message is cut off.');
    return buffer.subarray(at - length, at);
  };
  while (at < buffer.length) {
    const tag = varint();
    const type = tag % 8;
    const value = { 0: varint, 1: () => take(8), 2: () => take(varint()), 5: () => take(4) }[type];
    if (value === undefined) throw new Error(`Unknown protobuf wire type ${type}.`);
    const field = (tag - type) / 8;
    fields.set(field, [...(fields.get(field) ?? []), value()]);
  }
  const bytes = (value: number | Buffer | undefined) =>
    Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  return {
    has: (field) => fields.has(field),
    number: (field) => Number(fields.get(field)?.[0] ?? 0),
    bytes: (field) => bytes(fields.get(field)?.[0]),
    messages: (field) => (fields.get(field) ?? []).map((value) => decodeMessage(bytes(value))),
  };
}
