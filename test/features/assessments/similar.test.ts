/** Who has handed in the like, as reviewers see it. */
import assert from 'node:assert/strict';
import { realProjects } from '#test/support/gaming/projects.ts';
import { testService } from '#test/support/service.ts';

interface File {
  path: string;
  content: string;
}

describe('similar submissions', () => {
  const service = testService();
  const [first] = realProjects();
  const second = realProjects().find(({ name }) => name.includes('minimatch'));
  assert.ok(first && second);
  const submit = async (candidate: string, files: File[], challenge?: string, more = {}) => {
    const body = { candidate_id: candidate, content: { files, ...more }, options: { challenge } };
    const { status, json, text } = await service.post('/api/v1/assessments', body);
    assert.equal(status, 201, text);
    return json;
  };
  const similar = async (id: string, query = '') =>
    (await service.get(`/api/v1/assessments/${id}/similar${query}`)).json;
  const brief = ({ items }: { items: Record<string, unknown>[] }) =>
    items.map(({ candidate_id, similarity }) => [candidate_id, similarity]);
  /** Other names, other literals, other layout, another order. */
  const disguised = (files: File[]) =>
    files.toReversed().map(({ path, content }) => ({
      path: path.replace(/(\w+)(\.\w+)$/, 'Other$1$2'),
      content: content
        .replaceAll(/\b[a-z]\w{5,}\b/g, (word) => (/[A-Z]/.test(word) ? `x${word}` : word))
        .replaceAll(/"[^"\n\\]*"/g, '"another text"')
        .replaceAll('\n', '\n\n'),
    }));

  it('are found for the same code under other names, and are most similar first', async () => {
    const asked = await submit('ada', first.files, 'found');
    await submit('bob', first.files, 'found');
    await submit('cyd', disguised(first.files), 'found');
    await submit('dan', second.files, 'found');
    const found = await similar(asked.assessment_id);
    assert.equal(found.status, 'compared');
    assert.equal(found.candidates, 4);
    const [one, two, ...others] = found.items;
    // Equally similar ones have the newest first.
    assert.deepEqual([two.candidate_id, two.similarity, two.contained], ['bob', 100, 100]);
    assert.deepEqual([one.candidate_id, one.worth_a_look], ['cyd', true]);
    assert.ok(one.similarity > 60, one.similarity);
    for (const other of others) assert.equal(other.worth_a_look, false, JSON.stringify(other));
    assert.deepEqual(brief(await similar(asked.assessment_id, '?limit=1')), [
      ['cyd', one.similarity],
    ]);
  });

  it('are of other candidates and of the same challenge, one of each', async () => {
    const asked = await submit('ada', first.files, 'others');
    await submit('ada', first.files, 'others');
    await submit('eve', second.files, 'others');
    await submit('eve', first.files, 'others');
    await submit('fay', first.files, 'elsewhere');
    await submit('gil', first.files);
    assert.deepEqual(brief(await similar(asked.assessment_id)), [['eve', 100]]);
  });

  it('do not count what was given, nor what the class has in common', async () => {
    const given = { template_files: first.files };
    const own = second.files.map((file) => ({ ...file, path: `own/${file.path}` }));
    const asked = await submit('ada', [...first.files, ...own], 'given', given);
    await submit('bob', first.files, 'given', given);
    assert.deepEqual(brief(await similar(asked.assessment_id)), []);

    const everybody = Array.from({ length: 12 }, (_, n) => `pupil-${n}`);
    const same = await submit('ada', first.files, 'common');
    for (const who of everybody.slice(0, 9)) await submit(who, first.files, 'common');
    assert.equal((await similar(same.assessment_id)).items.length, 9, 'ten may have copied');
    for (const who of everybody.slice(9)) await submit(who, first.files, 'common');
    assert.deepEqual(brief(await similar(same.assessment_id)), [], 'thirteen have been taught it');
  });

  it('say why there is nothing to compare', async () => {
    const why = async (id: string) => (await similar(id)).reason;
    const alone = await submit('ada', first.files, 'alone');
    assert.equal(await why(alone.assessment_id), 'nobody_else');
    const none = await submit('ada', first.files);
    assert.equal(await why(none.assessment_id), 'no_challenge_or_too_old');
    const prose = await submit('ada', [{ path: 'README.md', content: '# Words' }], 'prose');
    assert.equal(await why(prose.assessment_id), 'no_code');
    const unknown = 'assess_01999999-9999-7999-9999-999999999999';
    const missing = await service.get(`/api/v1/assessments/${unknown}/similar`);
    assert.equal(missing.status, 404);
    const other = `/api/v1/assessments/${none.assessment_id}/similar/${unknown}`;
    assert.equal((await service.get(other)).status, 404);
  });

  it('are shown side by side, by lines that have the same shape', async () => {
    const one = await submit('ada', first.files, 'pair');
    const two = await submit('bob', disguised(first.files), 'pair');
    const path = `/api/v1/assessments/${one.assessment_id}/similar/${two.assessment_id}`;
    const { json, text } = await service.get(path);
    assert.ok(json.passages.length > 0, text);
    const [longest] = json.passages;
    const source = first.files.find(({ path: name }) => name === longest.file);
    const lines = source?.content.split(/\r\n|\r|\n/) ?? [];
    const shown = lines.slice(longest.start_line - 1, longest.end_line).slice(0, 60);
    assert.equal(longest.text, shown.join('\n'));
    assert.match(longest.other_file, /Other/);
    assert.ok(longest.other_text.split('\n').length > 1);
    const counts = json.passages.map(({ fingerprints }: { fingerprints: number }) => fingerprints);
    assert.deepEqual(
      counts,
      counts.toSorted((a: number, b: number) => b - a),
    );
  });

  it('change no score, and go with the person', async () => {
    const alone = await submit('una', first.files);
    const among = await submit('una', first.files, 'pair');
    assert.equal(among.overall_score, alone.overall_score);
    const scores = ({ path_scores: paths }: { path_scores: Record<string, unknown>[] }) =>
      paths.map(({ path, overall_score }) => [path, overall_score]);
    assert.deepEqual(scores(among), scores(alone));
    assert.doesNotMatch(JSON.stringify(among), /"(sketch|hashes|similarity)"/);
    const before = await similar(among.assessment_id);
    assert.ok(brief(before).some(([who]) => who === 'ada'));
    const erased = await service.send('/api/v1/candidates/ada', { method: 'DELETE' });
    assert.ok(erased.status < 300, erased.text);
    const after = await similar(among.assessment_id);
    assert.ok(!brief(after).some(([who]) => who === 'ada'));
  });
});
