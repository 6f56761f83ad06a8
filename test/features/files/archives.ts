/** Archives as they come, and as nobody should send them. Written byte by byte: no tool would make the worst. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';

export interface ZipEntry {
  name: string | Buffer;
  content?: string | Buffer;
  /** Stored as it is. */
  stored?: boolean;
  /** Unix mode with the type of the file. */
  mode?: number;
  flags?: number;
  method?: number;
  crc?: number;
  /** Bytes, as the directory lies of them. */
  size?: number;
  /** Of the local header, in place of the right one. */
  offset?: number;
}

const UTF8 = 0x800;

/** @param lies about the directory, and bytes that are cut off the end */
export function zip(
  entries: readonly ZipEntry[],
  lies: { count?: number; cut?: number; comment?: string } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = Buffer.from(entry.content ?? '');
    const method = entry.method ?? (entry.stored === true ? 0 : 8);
    const data = entry.stored === true ? content : deflateRawSync(content);
    const crc = entry.crc ?? crc32(content);
    const size = entry.size ?? content.length;
    const flags = UTF8 | (entry.flags ?? 0);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(crc, 14);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt32LE(size, 22);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE((3 << 8) | 20, 4);
    central.writeUInt16LE(20, 6);
    central.writeUInt16LE(flags, 8);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(crc, 16);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt32LE(size, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 38);
    central.writeUInt32LE(entry.offset ?? offset, 42);
    parts.push(local, name, data);
    directory.push(central, name);
    offset += 30 + name.length + data.length;
  }
  const records = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  const count = lies.count ?? entries.length;
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count & 0xffff, 8);
  end.writeUInt16LE(count & 0xffff, 10);
  end.writeUInt32LE(records.length, 12);
  end.writeUInt32LE(offset, 16);
  const whole = Buffer.concat([...parts, records, end]);
  return whole.subarray(0, whole.length - (lies.cut ?? 0));
}

/** The end of a ZIP64 directory that says to have so many entries, after nothing. */
export function zip64OfMany(entries: bigint): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(entries, 24);
  record.writeBigUInt64LE(entries, 32);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(4n, 8);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(0xffff, 10);
  end.writeUInt32LE(0xffffffff, 16);
  return Buffer.concat([Buffer.from('PK\u0003\u0004'), record, locator, end]);
}

export interface TarEntry {
  name: string;
  content?: string | Buffer;
  type?: 'file' | 'link' | 'symlink' | 'character-device' | 'block-device' | 'fifo' | 'directory';
  linkname?: string;
}

export async function tar(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = '', ...header } of entries) {
    const text = Buffer.from(content);
    archive.entry({ ...header, size: text.length }, text);
  }
  archive.finalize();
  return buffer(Readable.from(archive as AsyncIterable<Buffer>));
}

export async function tarGz(entries: readonly TarEntry[]): Promise<Buffer> {
  return gzipSync(await tar(entries));
}
