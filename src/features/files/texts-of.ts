/** The texts that a stored content gives to a submission. */
import type { SourceFile } from '../../engine/contract.ts';
import { unpack } from './archive/unpack.ts';
import type { Blobs } from './blobs.ts';
import type { FolderLine } from './class-archive.ts';
import { createContents } from './contents.ts';
import type { KnownFile } from './file.ts';
import type { AllowsName } from './file-names.ts';
import { archiveLimits } from './upload.ts';

export function createTextsOf({
  blobs,
  allows,
  maxBytes,
}: {
  blobs: Pick<Blobs, 'read' | 'pathOf'>;
  allows: AllowsName;
  /** Of all texts of a submission. */
  maxBytes: number;
}) {
  return async function textsOf(
    { kind, filename, sha256 }: Pick<KnownFile, 'kind' | 'filename' | 'sha256'>,
    signal: AbortSignal,
  ): Promise<SourceFile[]> {
    if (kind === 'text') {
      return [{ path: filename, content: (await blobs.read(sha256)).toString('utf8') }];
    }
    if (kind === 'folder') return linesOf((await blobs.read(sha256)).toString('utf8'));
    const files: SourceFile[] = [];
    const contents = createContents(maxBytes);
    await unpack(blobs.pathOf(sha256), kind, {
      allows,
      limits: archiveLimits(maxBytes),
      nested: false,
      signal,
      room: (_path, size) => contents.room(size),
      onFile(path, content) {
        contents.add(path, content.length);
        files.push({ path, content: content.toString('utf8') });
      },
      onLeftOut: contents.leaveOut,
    });
    return files;
  };
}

function linesOf(text: string): SourceFile[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as FolderLine);
}
