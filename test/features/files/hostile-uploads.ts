/** Multipart bodies as they should not come: sound ones, cut, doubled and overwritten. */
import fc from 'fast-check';
import { zip } from './archives.ts';

export const BOUNDARY = 'x-boundary-of-a-test';
const python = 'def add(a, b):\n    return a + b\n';

export interface Part {
  headers: string;
  content: string | Buffer;
}

export const file = (name: string, content: string | Buffer): Part => ({
  headers: `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: application/octet-stream`,
  content,
});
const field = (name: string, content: string): Part => ({
  headers: `Content-Disposition: form-data; name="${name}"`,
  content,
});

export function multipart(parts: readonly Part[], end = `--${BOUNDARY}--\r\n`): Buffer {
  const pieces = parts.flatMap(({ headers, content }) => [
    Buffer.from(`--${BOUNDARY}\r\n${headers}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from(end)]);
}

const archive = zip([
  { name: 'ada_1_assignsubmission_file_/main.py', content: python },
  { name: 'bob_2_assignsubmission_file_/main.py', content: python.repeat(50) },
]);

/** Sound. */
export const bodies: readonly Buffer[] = [
  multipart([file('add.py', python)]),
  multipart([field('candidate_id', 'ada'), file('a.py', python), file('b/c.py', python)]),
  multipart([file('class.zip', archive), field('split', 'folders')]),
  multipart([file('project.zip', archive)]),
  multipart([file('empty.py', '')]),
];

const junk = fc.constantFrom(
  '',
  '\0',
  '\r\n',
  '\r\n\r\n',
  '--',
  `--${BOUNDARY}`,
  `\r\n--${BOUNDARY}\r\n`,
  `\r\n--${BOUNDARY}--\r\n`,
  'Content-Disposition: form-data; name="file"; filename="../../x.py"\r\n\r\n',
  'Content-Disposition: form-data; name="__proto__"\r\n\r\n',
  "filename*=UTF-8''%00.py",
  '"',
  '\xff\xfe',
  'x'.repeat(9000),
);

/** One to three changes of one of them. */
export const mutatedBodies: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.constantFrom(...bodies),
    fc.array(fc.tuple(fc.nat(), fc.nat(64), junk, fc.constantFrom('replace', 'cut', 'double')), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([body, changes]) =>
    changes.reduce((bytes, [at, length, by, how]) => {
      const start = at % (bytes.length + 1);
      if (how === 'cut') return bytes.subarray(0, start);
      const end = Math.min(bytes.length, start + length);
      const middle = how === 'double' ? bytes.subarray(start, end) : Buffer.from(by, 'latin1');
      const rest = bytes.subarray(how === 'double' ? start : end);
      return Buffer.concat([bytes.subarray(0, start), middle, rest]);
    }, body),
  );

/** Head of a request with such a body. */
export function headOf(length: number, more = ''): string {
  return `POST /api/v1/files/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=${BOUNDARY}\r\nContent-Length: ${length}\r\n${more}\r\n`;
}
