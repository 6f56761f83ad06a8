/** Every write that belongs to a person, at the same time as the erasure of the person. */
import assert from 'node:assert/strict';
import { testService } from '#test/support/service.ts';

const ROUNDS = 40;

describe('a write that meets the erasure of its candidate', function () {
  this.timeout(300_000);
  const service = testService({ RATE_LIMIT_ENABLED: 'false', CACHE_ENABLED: 'false' });
  const content = { code: 'def add(a, b):\n    return a + b\n' };
  const assess = (id: string, headers = {}) =>
    service.post('/api/v1/assessments', { candidate_id: id, content }, headers);
  const erase = async (id: string) =>
    service.send(`/api/v1/candidates/${id}`, { method: 'DELETE' });

  /** Statuses that were answered, over all rounds. */
  async function race(
    name: string,
    write: (id: string, round: number) => Promise<{ status: number }>,
  ): Promise<Set<number>> {
    const seen = new Set<number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = `${name}_${round % 4}`;
      const answers = await Promise.all([write(id, round), erase(id), write(id, round + ROUNDS)]);
      for (const { status } of answers) seen.add(status);
    }
    return seen;
  }
  const only = (seen: Set<number>, allowed: number[]) =>
    assert.deepEqual(
      [...seen].filter((status) => !allowed.includes(status)),
      [],
    );

  it('stores the assessment, before or after', async () => {
    only(await race('assess', (id) => assess(id)), [201, 204, 404]);
  });

  it('stores the assessment under an Idempotency-Key', async () => {
    const seen = await race('keyed', (id, round) =>
      assess(id, { 'Idempotency-Key': `race ${round}` }),
    );
    only(seen, [201, 204, 404]);
  });

  it('creates the candidate', async () => {
    const create = (id: string) => service.post('/api/v1/candidates', { candidate_id: id });
    only(await race('create', create), [201, 204, 404, 409]);
  });

  it('judges a submission again, and does not bring back who was erased', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { json } = await assess('again');
      const path = `/api/v1/assessments/${json.assessment_id}/reassess`;
      const [answer, erased] = await Promise.all([
        service.post(path, undefined),
        // At another moment of the other each time.
        assess(`other_${round % 5}`).then(() => erase('again')),
      ]);
      assert.ok([201, 404].includes(answer.status), answer.text);
      assert.equal(erased.status, 204);
      assert.equal((await service.get('/api/v1/candidates/again')).status, 404);
    }
  });

  it('deletes an assessment', async () => {
    const remove = async (id: string) => {
      const { json } = await assess(id);
      return service.send(`/api/v1/assessments/${json.assessment_id}`, { method: 'DELETE' });
    };
    only(await race('remove', remove), [204, 404]);
  });
});
