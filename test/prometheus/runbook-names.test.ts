/** The names that the runbooks' commands are written with, compared with docker-compose.yml: what the suite puts in place of Docker cannot tell. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { readDefinitions, readRunbooks } from '#test/support/runbook-pages.ts';

interface Compose {
  services: Record<
    string,
    { ports?: string[]; volumes?: string[]; environment?: Record<string, string> }
  >;
}

const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), {
  merge: true,
}) as Compose;
const published = new Set(
  Object.values(services)
    .flatMap(({ ports = [] }) => ports)
    .map((port) => port.split(':')[1]),
);
const { compose, kubernetes } = readDefinitions();
const pages = readRunbooks();

/** Functions and variables that a block defines. */
const namesIn = (block: string) =>
  [...block.matchAll(/^(\w+)\(\) \{|\b([A-Z]+)=http/gm)].map(
    ([, name, variable]) => name ?? variable,
  );

/** Where something answers that docker-compose.yml does not publish. */
function unpublishedIn(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !/^(inside|blackbox|amtool|blackbox\(\)|kubectl) /.test(line))
    .flatMap((line) => [...line.matchAll(/\bhttp:\/\/localhost:(\d+)/g)])
    .flatMap(([url, port = '']) => (published.has(port) ? [] : [url]));
}

function unknownServicesIn(text: string): string[] {
  const named = [
    ...text.matchAll(/docker compose exec -T (?:-w \S+ )?([\w-]+)/g),
    ...text.matchAll(/docker compose kill -s HUP ([\w-]+)/g),
    ...text.matchAll(/\$\{1:-([\w-]+)\}"; \}/g),
    ...text.matchAll(/^(?:logs|state) ([\w-]+)/gm),
    ...text.matchAll(/`(?:logs|state) ([\w-]+)/g),
  ];
  return named.flatMap(([, name = '']) => (name in services ? [] : [name]));
}

describe('the names of the runbooks', () => {
  it('are the same for compose and for Kubernetes, in a shell that takes them', () => {
    for (const block of [compose, kubernetes]) {
      const { status, stderr } = spawnSync('bash', ['-n', '-c', block], { encoding: 'utf8' });
      assert.deepEqual([status, stderr], [0, '']);
    }
    assert.ok(namesIn(compose).length >= 10);
    assert.deepEqual(namesIn(kubernetes), namesIn(compose));
  });

  it('lead to services of docker-compose.yml, with their user, their secret and their files', () => {
    assert.deepEqual(unknownServicesIn(compose), []);
    const [, user] = /psql -U (\w+)/.exec(compose) ?? [];
    assert.equal(user, services['postgres']?.environment?.['POSTGRES_USER']);
    const [, secret] = /cat (\/run\/secrets\/\w+)/.exec(compose) ?? [];
    const redis = JSON.stringify(services['redis']);
    assert.ok(redis.includes(`REDISCLI_AUTH=\\"$$(cat ${secret})\\" redis-cli`));
    const [, folder] = /exec -T -w (\S+) prometheus/.exec(compose) ?? [];
    assert.ok(services['prometheus']?.volumes?.includes(`./prometheus:${folder}/prometheus:ro`));
  });

  it('and the pages ask only where compose publishes something, or from inside', () => {
    for (const { name, text } of pages) {
      const own = name === 'README' ? text.replace(kubernetes, '').replace(compose, '') : text;
      assert.deepEqual(unpublishedIn(own), [], name);
      assert.deepEqual(unknownServicesIn(own), [], name);
      assert.doesNotMatch(own, /docker compose (exec|logs|ps)|kubectl|redis-cli|psql/, name);
    }
    assert.deepEqual(unpublishedIn(compose), []);
  });

  it('would be refused if they were wrong', () => {
    assert.deepEqual(unpublishedIn('curl -s http://localhost:9464/metrics'), [
      'http://localhost:9464',
    ]);
    assert.deepEqual(unknownServicesIn('logs database | tail'), ['database']);
    assert.deepEqual(unknownServicesIn('x() { docker compose exec -T cache "$@"; }'), ['cache']);
  });
});
