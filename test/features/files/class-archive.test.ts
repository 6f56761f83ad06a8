/** The archive of a class: what of it becomes a student's file, and what of it no student can spoil for the others. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, DependencyError } from '#src/errors.ts';
import { unpack } from '#src/features/files/archive/unpack.ts';
import { createBlobs, type Blobs } from '#src/features/files/blobs.ts';
import { createClass } from '#src/features/files/class-archive.ts';
import { createAllowsName } from '#src/features/files/file-names.ts';
import { prepare } from '#src/features/files/prepare.ts';
import type { Preparing } from '#src/features/files/prepared.ts';
import { ClientGone } from '#src/http/request/deadline.ts';
import { tarGz, zip, type ZipEntry } from './archives.ts';

const TEXT = 'x = 1\n';
const limits = { entries: 50, fileBytes: 10_000, totalBytes: 100_000 };

describe('the archive of a class', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sono-class-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const blobs = createBlobs(folder);
  const split = (entries: readonly ZipEntry[], more: Partial<Preparing> = {}) => {
    const source = join(folder, 'class.zip');
    writeFileSync(source, zip(entries));
    return createClass({
      blobs,
      allows: createAllowsName(undefined),
      limits,
      signal: new AbortController().signal,
      split: true,
      kind: 'zip',
      source,
      ...more,
    });
  };
  const ofAnn = { name: 'ann/main.py', content: TEXT };
  const incomplete = () => readdirSync(join(folder, 'incoming'));

  it('gives no file a path that leaves its folder once the folder is cut off', async () => {
    const inner = zip([
      { name: '/etc/passwd', content: TEXT },
      { name: 'C:/x.py', content: TEXT },
      { name: './main.py', content: TEXT },
    ]);
    const { files, leftOut } = await split([
      { name: 'alice.zip', content: inner },
      { name: 'ann/main.py', content: TEXT },
      { name: 'ann//x.py', content: TEXT },
      { name: 'ann/C:/x.py', content: TEXT },
      { name: 'Bob_1_assignsubmission_file_', content: TEXT },
    ]);
    assert.deepEqual(
      files.map(({ filename, contents }) => [filename, contents?.entries.map(({ path }) => path)]),
      [
        ['alice', ['main.py']],
        ['ann', ['main.py']],
      ],
    );
    const reasons = [...leftOut, ...files.flatMap(({ contents }) => contents?.left_out ?? [])];
    assert.deepEqual(
      reasons.map(({ reason }) => reason),
      Array<string>(5).fill('unsafe_path'),
    );
  });

  it('leaves out an archive of a student that is broken, and nothing of the others', async () => {
    const overlapping = [1, 2].map((n) => ({ name: `${n}.py`, content: TEXT, offset: 0 }));
    const { files, leftOut } = await split([
      { name: 'eve.zip', content: zip(overlapping) },
      { name: 'bob.zip', content: zip([{ name: 'a.py', content: TEXT }], { cut: 9 }) },
      ofAnn,
    ]);
    assert.deepEqual(
      files.map(({ filename }) => filename),
      ['ann'],
    );
    assert.deepEqual(leftOut, [
      { path: 'eve.zip', reason: 'damaged' },
      { path: 'bob.zip', reason: 'damaged' },
    ]);
  });

  it('that passes a limit says in whose archive, and leaves nothing behind', async () => {
    const many = Array.from({ length: 60 }, (_, n) => ({ name: `${n}.py`, content: TEXT }));
    const large = Array.from({ length: 30 }, (_, n) => ({
      name: `${n}.py`,
      content: 'ab'.repeat(4000),
    }));
    const before = incomplete();
    for (const inner of [many, large]) {
      const refused = split([ofAnn, { name: 'eve/answer.tgz', content: await tarGz(inner) }]);
      await assert.rejects(refused, (error) => {
        assert.ok(error instanceof AppError);
        assert.match(error.message, /^The archive .* than .* It was passed in eve\/answer\.tgz\.$/);
        assert.ok(error.status < 500);
        return true;
      });
    }
    assert.deepEqual(incomplete(), before);
  });

  it('whose client leaves is not called damaged, and its error outlives a failing clean-up', async () => {
    const leaving = new AbortController();
    const gone = new ClientGone('The client closed the connection.');
    const failing: Blobs = {
      ...blobs,
      async begin() {
        const writing = await blobs.begin();
        leaving.abort(gone);
        const drop = async () => {
          await writing.drop();
          throw new Error('The clean-up failed.');
        };
        return { ...writing, drop };
      },
    };
    const more = { blobs: failing, signal: leaving.signal };
    await assert.rejects(split([ofAnn, { name: 'bob/main.py', content: TEXT }], more), gone);
    const source = await tarGz([ofAnn]);
    await assert.rejects(
      unpack(source, 'tar.gz', {
        allows: () => true,
        limits,
        nested: false,
        signal: leaving.signal,
        room: () => null,
        onFile: () => assert.fail(),
        onLeftOut: () => assert.fail(),
      }),
      gone,
    );
  });

  it('that the file system does not give back is no defect of the service', async () => {
    const incoming = { path: folder, size: 1, sha256: 'x', drop: () => Promise.resolve() };
    const preparing = {
      blobs,
      allows: () => true,
      limits,
      signal: new AbortController().signal,
      split: true,
    };
    await assert.rejects(
      prepare(incoming, { path: 'class.zip', name: 'class.zip' }, preparing),
      (error) => error instanceof DependencyError && error.dependency === 'filesystem',
    );
  });
});
