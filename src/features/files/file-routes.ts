import { z } from 'zod';
import { outsideOf, type RequestContext } from '../../http/request/context.ts';
import { idempotent } from '../../http/idempotency-headers.ts';
import type { Once } from '../../http/idempotency.ts';
import { route, type Reply, type Route, type RouteTag } from '../../http/routing/route.ts';
import { pageQuery, pageSchema } from '../../http/routing/schemas.ts';
import { UPLOAD_RECEIVE_MS } from '../../http/server/body.ts';
import { MAX_FILE_PARTS } from '../../http/server/multipart.ts';
import { inTransaction } from '../../storage/postgres/transaction.ts';
import type { Blobs } from './blobs.ts';
import { locationOf, type FileKind, type StoredFile } from './file.ts';
import {
  EXAMPLE_FILE_ID,
  fileParams,
  fileSchema,
  listedFileSchema,
  presentFile,
  uploadForm,
  uploadSchema,
} from './file-schemas.ts';
import { deleteFile, findFile, findFiles, listFiles, noSuchFile } from './file-store.ts';
import { uploadsTotal } from './metrics.ts';
import type { FileSweep } from './sweep.ts';
import { outcomeOf, type ReadyUpload, type Received, type Uploads } from './upload.ts';

const tag: RouteTag = {
  name: 'Files',
  description:
    'Uploads: texts, and archives of them. They belong to the caller who uploaded them; nobody else sees them but administrators. A submission names them in `content.file_ids`.',
};

/** Of what is handed back; never one that a browser would run. */
const mediaTypes: Record<FileKind, string> = {
  text: 'text/plain; charset=utf-8',
  zip: 'application/zip',
  'tar.gz': 'application/gzip',
  folder: 'application/x-ndjson; charset=utf-8',
};
const contentTypes = [...new Set(Object.values(mediaTypes))].map(
  (type) => type.split(';')[0] ?? '',
);

export function fileRoutes(deps: {
  uploads: Uploads;
  blobs: Blobs;
  sweep: Pick<FileSweep, 'suspect' | 'soon'>;
  once: Once;
  /** Of a request, once it is here. */
  requestTimeoutMs: number;
}): Route[] {
  const { uploads } = deps;
  const upload = async (ctx: RequestContext): Promise<Reply> => {
    const { state } = ctx;
    const received = await outsideOf(ctx)(() => uploads.receive(ctx.req, state.signal));
    let ready: ReadyUpload | null = null;
    try {
      state.body = describe(received);
      const candidateId = received.fields.candidate_id ?? null;
      if (candidateId !== null) state.names.candidate = candidateId;
      return await deps.once(ctx, candidateId, async (write) => {
        const prepared = await uploads.prepare(received, state.signal);
        ready = prepared;
        try {
          return await write(async (tx) =>
            created(await uploads.store(tx, prepared, state.caller), prepared),
          );
        } catch (error) {
          // Its content may be in place already, without a row.
          deps.sweep.suspect(prepared.files.map(({ incoming }) => incoming.sha256));
          throw error;
        }
      });
    } finally {
      await uploads.drop(received, ready);
    }
  };
  return [
    route({
      method: 'post',
      path: '/api/v1/files/upload',
      operationId: 'uploadFiles',
      summary: 'Upload files, or an archive of a project or of a class',
      description: `Texts in UTF-8 (\`ALLOWED_EXTENSIONS\`), or ZIP and tar.gz archives of them, each as a part \`file\`. What an archive has that is no text of a submission is left out, with the reason. With \`split=folders\` each folder of an archive becomes a file of its own, and archives in it are unpacked, too: a class as a course system gives it. One request has at most \`MAX_UPLOAD_SIZE\` bytes of files, and ${MAX_FILE_PARTS} files; an account holds at most \`UPLOAD_QUOTA_BYTES\` (else 409). A file that no assessment has read for \`UPLOAD_RETENTION_DAYS\` is removed. It may take ${UPLOAD_RECEIVE_MS / 1000} s to come. An \`Idempotency-Key\` compares names, fields and SHA-256 of what was sent.`,
      tag,
      access: 'assessor',
      timeoutMs: UPLOAD_RECEIVE_MS + deps.requestTimeoutMs,
      body: { multipart: uploadForm },
      reply: 'json',
      behaviours: [idempotent],
      responses: {
        201: {
          description: 'What was stored',
          schema: uploadSchema,
          headers: {
            Location: {
              description: 'Path of the file, where it is one.',
              example: locationOf(EXAMPLE_FILE_ID),
            },
          },
        },
      },
      async handle({ ctx }) {
        try {
          const answer = await upload(ctx);
          uploadsTotal.inc({ outcome: 'stored' });
          return answer;
        } catch (error) {
          uploadsTotal.inc({ outcome: outcomeOf(error, ctx.state.signal) });
          throw error;
        }
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/files',
      operationId: 'listFiles',
      summary: 'List your files, newest first',
      description:
        'Administrators see those of everybody. Of archives and folders the list has no `contents.entries`; the file itself has them.',
      tag,
      access: 'assessor',
      body: 'none',
      reply: 'json',
      query: pageQuery,
      responses: {
        200: { description: 'A page', schema: pageSchema(listedFileSchema, 'FilePage') },
      },
      async handle({ query, ctx: { state } }) {
        const { items, next_cursor } = await listFiles(state.em, query, state.caller);
        return { status: 200, body: { items: items.map(presentFile), next_cursor } };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/files/:id',
      operationId: 'getFile',
      summary: 'Get what is known of a file',
      description: 'Its content is at `/content`.',
      tag,
      access: 'assessor',
      body: 'none',
      reply: 'json',
      params: fileParams,
      responses: { 200: { description: 'The file', schema: fileSchema } },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx: { state } }) {
        const file = await findFile(state.em, params.id, state.caller);
        if (file === undefined) throw noSuchFile();
        return { status: 200, body: presentFile(file) };
      },
    }),
    route({
      method: 'get',
      path: '/api/v1/files/:id/content',
      operationId: 'getFileContent',
      summary: 'Get the content of a file',
      description:
        'The very bytes that were uploaded, as an attachment. Of a folder of a class its texts, one JSON object with `path` and `content` a line.',
      tag,
      access: 'assessor',
      body: 'none',
      reply: 'bytes',
      params: fileParams,
      responses: {
        200: {
          description: 'The bytes',
          schema: z.string().meta({ format: 'binary' }),
          mediaTypes: contentTypes,
          headers: {
            'Content-Disposition': {
              description: 'Always an attachment, with its name (RFC 6266).',
              example: "attachment; filename*=UTF-8''main.py",
            },
          },
        },
      },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx }) {
        const [file] = await findFiles(ctx.state.em, [params.id], ctx.state.caller);
        if (file === undefined) throw noSuchFile();
        const { kind, filename, sha256, size } = file;
        return {
          status: 200,
          body: await deps.blobs.stream(sha256),
          headers: {
            'Content-Type': mediaTypes[kind],
            'Content-Length': String(size),
            'Content-Disposition': attachment(filename),
            'Cache-Control': 'private, no-store',
          },
        };
      },
    }),
    route({
      method: 'delete',
      path: '/api/v1/files/:id',
      operationId: 'deleteFile',
      summary: 'Delete a file',
      description:
        'With its content, unless another file has the same, and the answer kept under the idempotency key of its upload. Assessments that used it keep what they read.',
      tag,
      access: 'assessor',
      body: 'none',
      reply: 'json',
      params: fileParams,
      responses: { 204: { description: 'Deleted' } },
      errors: ['NOT_FOUND'],
      async handle({ params, ctx: { state } }) {
        await inTransaction(state.em, (tx) => deleteFile(tx, params.id, state.caller));
        deps.sweep.soon();
        return { status: 204 };
      },
    }),
  ];
}

/** By which an upload is the same as another one; nothing else of it is compared. */
function describe({ fields, files }: Received) {
  return {
    fields,
    files: files.map(({ name, incoming: { sha256 } }) => ({ name, sha256 })),
  };
}

function created(files: StoredFile[], { leftOut, leftOutCount }: ReadyUpload): Reply {
  const shown = files.map(presentFile);
  const [only] = shown;
  const isOne = only !== undefined && shown.length === 1;
  return {
    status: 201,
    body: {
      ...(isOne ? only : {}),
      files: shown,
      left_out: leftOut,
      left_out_count: leftOutCount,
    },
    headers: isOne ? { Location: locationOf(only.file_id) } : {},
  };
}

/** RFC 6266 and 8187: every byte that is not plain is escaped. */
function attachment(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const escaped = encodeURIComponent(name).replaceAll(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename*=UTF-8''${escaped}`;
}
