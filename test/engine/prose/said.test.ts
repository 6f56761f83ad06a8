import assert from 'node:assert/strict';

import { proseBlocks } from '#src/engine/prose/blocks.ts';
import { couplesOf, couplesWith, saidIn } from '#src/engine/prose/said.ts';
import { sentencesOf } from '#src/engine/prose/sentences.ts';
import { stem } from '#src/engine/prose/stem.ts';
import { codePlaces } from '#src/engine/submission/code-places.ts';
import { groundingIndex } from '#src/engine/submission/grounding-index.ts';
import { metricOf, publishedRubric, realEngine, realFacts } from '#test/support/engine.ts';

const rubric = publishedRubric();

const code = `
export function takeJob(queue, worker) {
  const job = queue.waiting.shift();
  if (!job) return null;
  worker.busy = true;
  job.deadline = clock() + leaseSeconds;
  return job;
}

export function retryFailed(store, attempts) {
  for (const entry of store.failures) {
    if (entry.tries >= attempts) store.buried.push(entry);
    else entry.delay = backoff(entry.tries);
  }
}

export function renderReport(totals, locale) {
  const header = formatHeader(locale);
  const rows = totals.map((total) => formatRow(total, locale));
  return [header, ...rows].join(newline);
}

export function parseOptions(argv) {
  const verbose = argv.includes('--verbose');
  const path = argv.find((flag) => flag.startsWith('--config'));
  return { verbose, config: readConfig(path) };
}

export function openSocket(host, port, timeout) {
  const socket = connect(host, port);
  socket.timeout = timeout;
  socket.once('close', () => pool.release(socket));
  return socket;
}
`;

const comment = `
/* The lease of a taken job ends by itself so that a crashed process gives nothing away. The buried ones
wait for somebody who looks at them in the morning and the socket goes back when the peer hangs up. */
`;

/** What a maintainer who learnt English late writes of it. */
const poor =
  'When worker take job from queue, the `deadline` of job is set so crashed worker not keep it. For each entry of failures in store we look how many tries, and entry with too much attempts is buried, other wait delay from `backoff`. The report have header and rows, each total is format for locale by `formatRow`. Option `--verbose` and config path is read of argv. Socket is connect to host and port, and on close is release back in pool, so other request not open new one.';
/** The same with the words of the code in each other's places. */
const swapped =
  'When header take config from pool, the `locale` of tries is set so crashed rows not keep it. For each socket of totals in argv we look how many port, and verbose with too much store is host, other wait path from `openSocket`. The queue have failures and timeout, each delay is format for worker by `entry`. Option `--verbose` and backoff total is read of job. Deadline is connect to report and attempts, and on entry is release back in header, so other request not open new one.';

/** True, and all of it words of the code. */
const listed = `
The job of a worker is in the queue. The worker is busy with the waiting job. A deadline is on the
clock for the lease. The failures of a store are in each entry. Its tries are up to the attempts. The
delay for an entry is by the backoff. A report is of the totals and a locale. The header and the rows
are with a newline. The socket has a port and a timeout. A host is for the pool to connect. The flag
of a config is on the path. An entry in the store is buried.
`;

async function indexOf(source: string) {
  const facts = (await realFacts())('jobs.js', source);
  const linesOf = () => source.split('\n');
  return {
    ...groundingIndex([facts], linesOf),
    vocabulary: new Map<string, number>(),
    places: () => codePlaces([facts], linesOf),
  };
}

/** @param isAsked which sentences are asked about, by their numbers */
async function said(text: string, source = code, isAsked: (at: number) => boolean = () => true) {
  const sentences = proseBlocks(text).flatMap(sentencesOf);
  const without = new Set(sentences.filter((_, at) => !isAsked(at)));
  const index = await indexOf(source);
  return (saidIn([sentences], index, rubric, without)[0] ?? []).map(({ connected, fresh }) => ({
    connected,
    fresh,
  }));
}

const full = { connected: 1, fresh: 1 };

describe('what sentences say of the code', () => {
  it('is what they put together that stands together there, in poor English, too', async () => {
    for (const { connected, fresh } of await said(poor)) {
      assert.equal(connected, 1);
      assert.ok(fresh > 0.65, `${fresh}`);
    }
  });

  it('is nothing where the same words stand in each other’s places', async () => {
    for (const { connected } of await said(swapped)) assert.ok(connected < 0.2, `${connected}`);
  });

  it('is told by the code, and not by its layout or the order of its functions', async () => {
    const functions = code.trim().split('\n\n');
    const others = [
      functions.toReversed().join('\n\n'),
      code.replaceAll('\n', '\n\n'),
      code.replaceAll('{\n', '\n{ // ok\n'),
    ];
    for (const text of [poor, swapped])
      for (const other of others) assert.deepEqual(await said(text, other), await said(text));
  });

  it('is told by no order of imports', async () => {
    const imports = ['lease', 'ledger', 'lantern', 'harbour'].map(
      (name, at) =>
        `import { ${['queue', 'backoff', 'socket', 'locale'][at]} } from './${name}.js';`,
    );
    const nearIn = async (lines: readonly string[]) => {
      const { near } = (await indexOf(`${lines.join('\n')}\n${code}`)).places();
      const both = (one: string, other: string) => near(stem(one), stem(other));
      return [both('ledger', 'lantern'), both('lease', 'ledger'), both('lantern', 'socket')];
    };
    assert.deepEqual(await nearIn(imports), [false, false, true]);
    assert.deepEqual(await nearIn(imports.toReversed()), [false, false, true]);
  });

  it('is told among all that stands there, and not among what is asked about', async () => {
    // Each second one is left out, which makes the rest no truer.
    const isAsked = (at: number): boolean => at % 2 === 0;
    const all = await said(`${poor} ${swapped}`);
    const half = await said(`${poor} ${swapped}`, code, isAsked);
    assert.deepEqual(
      half.map(({ connected }) => connected),
      all.filter((_, at) => isAsked(at)).map(({ connected }) => connected),
    );
  });

  it('is told by no single sentence that has many of its words', async () => {
    const places = (await indexOf(code)).places();
    const words = new Set([...places.words.keys()].slice(0, 16));
    const { couples, related } = couplesOf(words, [], places);
    assert.ok(couples > 7.9 && couples < 8.1, `${couples}`);
    assert.ok(Math.abs(related) <= couples);
  });

  it('asks nothing of words that the code does not have, where documentation reads like that', async () => {
    const text =
      'Once a day the oldest invoices are moved to cheaper disks. Nobody has to wait for that, because readers are served from the copy until the last of them has left. If the power fails halfway, both copies stay where they are and the next night begins again.';
    for (const one of await said(text)) assert.deepEqual(one, full);
  });

  it('is more than words of the code and its comments', async () => {
    const bare =
      'The queue takes the job of the worker. The header has rows of the totals. The store has failures, and each entry has tries. The socket has a host, a port and a timeout. The config is of the path. The deadline of the job is of the clock.';
    for (const { fresh } of await said(bare)) assert.ok(fresh < 0.2, `${fresh}`);
    const ofComments =
      'The crashed morning buried a lease. Every peer hangs a process away. Its somebody looks for the taken socket. A morning takes the peer. The process buried each lease.';
    for (const { fresh } of await said(ofComments, comment + code)) assert.ok(fresh < 0.5);
  });

  it('may be a quotation, and is no text pieced together from others', async () => {
    const quoted = comment.replaceAll(/[/*]/g, '').replaceAll('\n', ' ').trim();
    for (const { connected } of await said(quoted, comment + code)) assert.equal(connected, 1);
    const pieced = [
      'The lease of them in the buried ones wait for a taken job ends by itself so that a crashed process gives nothing away.',
      'A taken job ends by itself so that a crashed process gives nothing away the morning and the lease of a crashed process.',
      'The socket goes back when the buried ones wait for a crashed process gives nothing away the buried ones wait for somebody.',
      'Somebody who looks at them in the peer hangs up the lease of them in the socket goes back when the morning and the lease.',
      'By itself so that a taken job ends by itself so that a crashed process gives nothing away the buried ones wait for them in the peer.',
      'Nothing away the morning and the socket goes back when the lease of a taken job ends by itself so that a taken job ends.',
      'The peer hangs up the buried ones wait for a taken job ends by itself so that a crashed process gives nothing away the socket.',
      'The morning and the buried ones wait for somebody who looks at them in the socket goes back when the lease of them in the peer.',
    ].join(' ');
    const all = await said(`${quoted} ${pieced}`);
    for (const { connected } of all.slice(-2)) assert.ok(connected < 0.2, `${connected}`);
  });

  it('is nothing in words drawn from a dictionary, and anything in words that others write', async () => {
    const text =
      'In `takeJob`, once each lease from the meadow stops a hamlet in the quartz, its nectar holds the worker. In `backoff`, if the timber turns into the cinder from the store, its entry follows the sapphire. In `formatRow`, after every walnut in the vestry reads a locale, a pillar needs its header. In `readConfig`, each bramble for the flag takes its orchard from the kettle.';
    for (const { connected } of await said(text)) assert.ok(connected < 0.2, `${connected}`);
    const usual = text
      .replaceAll(/meadow|quartz|cinder|vestry|orchard/g, 'directory')
      .replaceAll(/hamlet|nectar|timber|sapphire|walnut|pillar|bramble|kettle/g, 'message');
    for (const { connected } of await said(usual)) assert.ok(connected > 0.9, `${connected}`);
  });

  it('is in a comment what stands in the function around it', async () => {
    const file = (await realFacts())('jobs.js', code);
    const places = codePlaces([file], () => code.split('\n'));
    const words = new Map([
      ['takeJob', ['worker', 'queue', 'deadline']],
      ['retryFailed', ['entry', 'tries', 'backoff']],
      ['renderReport', ['header', 'totals', 'newline']],
      ['parseOptions', ['flag', 'verbose', 'argv']],
      ['openSocket', ['socket', 'port', 'pool']],
    ]);
    const named = file.functions.filter(({ name }) => words.has(name));
    assert.equal(named.length, 5);
    for (const around of named)
      for (const [name, own] of words) {
        const { couples, related } = couplesWith(new Set(own.map(stem)), file.path, around, places);
        assert.ok(couples > 0.8, `${couples}`);
        if (name === around.name) assert.equal(related, couples);
        else assert.ok(related < 0, `${related}`);
      }
  });

  it('is what a README earns by', async () => {
    const run = await realEngine();
    const result = (readme: string) =>
      run({
        files: [
          { path: 'jobs.js', content: code },
          { path: 'README.md', content: `# Jobs\n\n${readme}` },
        ],
      });
    const [own, other] = [poor, swapped].map(
      (text) => metricOf(result(text), 'communication', 'technical_writing').score ?? 0,
    );
    assert.equal(other, 0);
    assert.ok((own ?? 0) > 5, `${own}`);
  });

  it('is said to be nothing where it is, and only there', async () => {
    const run = await realEngine();
    const notes = (text: string): string[] =>
      run({
        files: [
          { path: 'jobs.js', content: comment + code },
          { path: 'README.md', content: `# Jobs\n\n${text}` },
        ],
      })
        .path_scores.flatMap(({ metrics }) => metrics.flatMap(({ evidence }) => evidence))
        .map(({ description }) => description)
        .filter((text) => text.endsWith('for nothing.'));
    assert.deepEqual(notes(poor), []);
    assert.match(notes(`${poor}\n\n${swapped}`).join(), /words do not hang together/);
    assert.match(
      notes(`${poor}\n${listed}`).join(),
      /hardly a word that the code and its comments do not have/,
    );
  });

  it('does not hide behind what stands before it, which keeps its name', async () => {
    const sentencesIn = (text: string): string[] => text.split(/(?<=\.) /);
    const [good, bad] = [sentencesIn(poor), sentencesIn(swapped)];
    const at = (list: readonly string[], index: number): string => list[index % list.length] ?? '';
    // Of three sentences one is true: with those before them they would say enough.
    const mixed = Array.from({ length: 20 }, (_, index) => at(index % 3 === 0 ? good : bad, index));
    const before = Array.from({ length: 60 }, (_, index) => at(good, index));
    const all = await said([...before, ...mixed].join(' '));
    const mean = (part: typeof all): number =>
      part.reduce((sum, { connected }) => sum + connected, 0) / part.length;
    assert.equal(all.length, 80);
    assert.ok(mean(all.slice(60)) < 0.001, `${mean(all.slice(60))}`);
    assert.ok(mean(all.slice(0, 57)) > 0.9, `${mean(all.slice(0, 57))}`);
  });

  it('is anything where there is no code', async () => {
    for (const one of await said(swapped, '')) assert.deepEqual(one, full);
  });
});
