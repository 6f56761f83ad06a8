import assert from 'node:assert/strict';
import { asyncInput } from '#src/features/jobs/job-schemas.ts';

describe('the callback_url of a job', () => {
  const isTaken = (url: string) => {
    const input = { candidate_id: 'ada', content: { code: 'a = 1' }, callback_url: url };
    return asyncInput.safeParse(input).success;
  };

  it('begins with https://, except where the receiver is on this machine', () => {
    for (const url of ['https://example.org/a', 'http://127.0.0.1:9/a', 'http://localhost:9/a']) {
      assert.ok(isTaken(url), url);
    }
    for (const url of ['http://example.org/a', 'http://127.0.0.1.example.org/', 'ftp://a/', 'a']) {
      assert.ok(!isTaken(url), url);
    }
  });
});
