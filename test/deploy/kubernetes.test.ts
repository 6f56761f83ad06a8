/** What runs in a cluster: valid, as the deployment guide has it, and in agreement with the code. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { dashboards, rule } from '#deploy/kubernetes/build.ts';
import { staleFiles } from '#grafana/committed.ts';
import { API } from '#prometheus/roles.ts';
import { loadConfig } from '#src/config.ts';
import { variables } from '#src/config/variables.ts';
import { entities } from '#src/features/entities.ts';
import { exposedFamilies } from '#test/support/known-series.ts';
import { imageCommand } from '#test/support/image.ts';
import {
  createValidator,
  environmentOf,
  KUBERNETES,
  kustomizationFiles,
  readResources,
  rendered,
  resourceFiles,
  type Kustomization,
  type Resource,
} from '#test/support/kubernetes.ts';
import { statusRoutes } from '#test/support/api-routes.ts';

const read = (path: string) => readResources(readFileSync(join(KUBERNETES, path), 'utf8'));
const one = (path: string, kind: string, name?: string): Resource =>
  read(path).find(
    (resource) =>
      resource.kind === kind && (name ?? resource.metadata.name) === resource.metadata.name,
  ) ?? assert.fail(`no ${kind} in ${path}`);

const pods = (resources: Resource[]) =>
  resources.flatMap(({ kind, spec }) => {
    if (kind === 'CronJob') return [spec.jobTemplate.spec.template];
    return kind === 'Deployment' || kind === 'Job' ? [spec.template] : [];
  });

describe('the manifests', () => {
  const validate = createValidator();

  it('are valid, with no member that Kubernetes does not know', () => {
    const files = resourceFiles();
    assert.ok(files.length >= 18);
    for (const file of files) {
      for (const resource of readResources(readFileSync(file, 'utf8'))) {
        assert.deepEqual(validate(resource), [], file);
      }
    }
  });

  it('would be refused with one, or with a wrong type', () => {
    const deployment = one('base/api.yml', 'Deployment');
    const [container] = deployment.spec.template.spec.containers;
    container.livenessprobe = {};
    assert.match(
      validate(deployment).join(),
      /containers\/0 must NOT have additional.*livenessprobe/,
    );
    delete container.livenessprobe;
    container.ports[0].containerPort = '8000';
    assert.match(validate(deployment).join(), /containerPort must be integer/);
    const scaled = one('components/keda/scaled-object.yml', 'ScaledObject');
    scaled.spec.maxReplicas = 1;
    assert.match(validate(scaled).join(), /maxReplicas/);
  });

  it('are all part of something that is applied', () => {
    const named = kustomizationFiles().flatMap((file) => {
      const { resources = [], components = [] } = parse(
        readFileSync(file, 'utf8'),
      ) as Kustomization;
      return [...resources, ...components].map((path) => join(dirname(file), path));
    });
    for (const file of resourceFiles()) assert.ok(named.includes(file), file);
    for (const path of ['base', 'components/keda', 'components/monitoring']) {
      assert.ok(named.includes(join(KUBERNETES, path)), path);
    }
  });

  it('have rules and dashboards as they are here', () => {
    assert.deepEqual([rule, dashboards].flatMap(staleFiles), []);
    const made = read('components/monitoring/generated/dashboards.json');
    assert.ok(made.length >= 15);
    for (const { metadata, data } of made) {
      assert.equal(metadata.labels.grafana_dashboard, '1');
      const [text] = Object.values(data as Record<string, string>);
      // What a client-side apply can remember of a resource.
      assert.ok((text ?? '').length < 200_000, metadata.name);
      JSON.parse(text ?? '');
    }
  });

  it('run nothing that the namespace, restricted, would refuse', () => {
    const resources = resourceFiles().flatMap((file) => readResources(readFileSync(file, 'utf8')));
    const found = pods(resources);
    assert.equal(found.length, 5);
    for (const { spec } of found) {
      const { runAsNonRoot, runAsUser, seccompProfile } = spec.securityContext;
      assert.deepEqual([runAsNonRoot, seccompProfile.type], [true, 'RuntimeDefault']);
      assert.ok(runAsUser > 0);
      assert.equal(spec.automountServiceAccountToken, false);
      for (const { securityContext, resources: bounds, volumeMounts } of spec.containers) {
        assert.deepEqual(securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        assert.ok(bounds.requests.memory && bounds.requests.cpu && bounds.limits.memory);
        assert.ok(volumeMounts.some((mount: { mountPath: string }) => mount.mountPath === '/tmp'));
      }
    }
    for (const overlay of ['production', 'staging']) {
      const { labels } = one(`overlays/${overlay}/namespace.yml`, 'Namespace').metadata;
      assert.equal(labels['pod-security.kubernetes.io/enforce'], 'restricted');
    }
  });

  for (const overlay of ['production', 'staging']) {
    const resources = rendered(`overlays/${overlay}`);
    // Where a machine has kubectl.
    if (resources === undefined) continue;
    it(`are valid as kustomize makes them for ${overlay}, in one namespace, with every name that is referred to`, () => {
      assert.ok(resources.length >= 20);
      const namespace = resources.find(({ kind }) => kind === 'Namespace')?.metadata.name;
      for (const resource of resources) {
        assert.deepEqual(validate(resource), []);
        if (resource.kind !== 'Namespace') assert.equal(resource.metadata.namespace, namespace);
      }
      const config = resources
        .filter(({ kind }) => kind === 'ConfigMap')
        .map(({ metadata }) => metadata.name as string);
      for (const { spec, metadata } of pods(resources)) {
        // By this the network policies choose who may ask PostgreSQL.
        assert.equal(metadata.labels['app.kubernetes.io/part-of'], 'sono-eval');
        for (const { envFrom = [] } of spec.containers) {
          for (const { configMapRef } of envFrom) assert.ok(config.includes(configMapRef.name));
        }
        for (const { configMap } of spec.volumes) {
          assert.ok(configMap === undefined || config.includes(configMap.name));
        }
      }
    });
  }
});

describe("the guide's Deployment", () => {
  const guide = parse(
    readFileSync('test/fixtures/deployment-guide/deployment.yml', 'utf8'),
  ) as Resource;
  const ours = one('base/api.yml', 'Deployment');
  const [theirs] = guide.spec.template.spec.containers;
  const [container] = ours.spec.template.spec.containers;

  it('is ours, by name, labels, container, image and port', () => {
    assert.equal(ours.metadata.name, guide.metadata.name);
    assert.deepEqual(ours.spec.selector, guide.spec.selector);
    assert.equal(container.name, theirs.name);
    const { images } = parse(readFileSync(join(KUBERNETES, 'base/kustomization.yml'), 'utf8')) as {
      images: { name: string; newTag: string }[];
    };
    assert.equal(theirs.image, `${images[0]?.name}:${images[0]?.newTag}`);
    assert.equal(container.image, images[0]?.name);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    assert.equal(images[0]?.newTag, version);
    assert.ok(
      container.ports.some(
        (port: { containerPort: number }) => port.containerPort === theirs.ports[0].containerPort,
      ),
    );
    assert.ok(
      one('base/autoscaling.yml', 'HorizontalPodAutoscaler').spec.minReplicas >=
        guide.spec.replicas,
    );
  });

  it('is probed as it says, by names of ports', () => {
    for (const probe of ['livenessProbe', 'readinessProbe']) {
      const { httpGet, ...times } = container[probe];
      const { httpGet: asked, ...expected } = theirs[probe];
      assert.deepEqual([httpGet.path, times], [asked.path, expected]);
      const port = container.ports.find(({ name }: { name: string }) => name === httpGet.port);
      assert.equal(port.containerPort, asked.port);
    }
    assert.deepEqual(container.resources.requests, theirs.resources.requests);
  });

  it('gets its variables from the same secret and the same Redis', () => {
    const database = (env: { name: string }[]) => env.find(({ name }) => name === 'DATABASE_URL');
    assert.deepEqual(database(container.env), database(theirs.env));
    const { REDIS_HOST, APP_ENV } = environmentOf('production');
    const said = (name: string) =>
      theirs.env.find((variable: { name: string }) => variable.name === name).value;
    assert.deepEqual([REDIS_HOST, APP_ENV], [said('REDIS_HOST'), said('APP_ENV')]);
  });
});

describe('the manifests and the code', () => {
  const api = one('base/api.yml', 'Deployment');
  const worker = one('base/worker.yml', 'Deployment');
  const migrate = one('base/migrate.yml', 'Job');
  const containerOf = ({ spec }: Resource) => spec.template.spec.containers[0];
  const secrets = {
    // No secret: nobody's.
    DATABASE_URL: ['postgresql://sono', 'Wq7Tz2mKpX@db.internal/sono_eval?sslmode=require'].join(
      ':',
    ),
    SECRET_KEY: 'mZ4c8Qp1Wn6Xr3Tk9Vb2Ly7Js5Hd0GfAeUoIiRwEqYt=',
    REDIS_PASSWORD: 'h7Tq2Wn9Zx4Lk6Vb',
  };

  it('agree on the variables: none is unknown, and the configuration is accepted', () => {
    for (const resource of [api, worker, migrate]) {
      const { env } = containerOf(resource);
      const names = [
        ...env.map(({ name }: { name: string }) => name),
        ...Object.keys(environmentOf('production')),
      ];
      for (const name of names as string[]) {
        assert.ok(name in variables || /^(OTEL_\w+|NODE_OPTIONS|POD_NAME)$/.test(name), name);
      }
      const given = env.filter(
        ({ valueFrom }: { valueFrom?: { secretKeyRef?: { optional?: boolean } } }) =>
          valueFrom?.secretKeyRef !== undefined && valueFrom.secretKeyRef.optional !== true,
      );
      assert.deepEqual(
        given.map(({ name }: { name: string }) => name).sort(),
        Object.keys(secrets).sort(),
      );
    }
    const config = loadConfig({ ...environmentOf('production'), ...secrets });
    assert.deepEqual(
      [config.production, config.log.dir, config.database.dataDir],
      [true, undefined, '/app/data'],
    );
    assert.equal(loadConfig({ ...environmentOf('staging'), ...secrets }).environment, 'staging');
    const inApi = containerOf(api).env.find(
      ({ name }: { name: string }) => name === 'API_RUNS_JOBS',
    );
    assert.equal(loadConfig({ API_RUNS_JOBS: inApi.value }).jobs.inApi, false);
  });

  it('agree on ports, paths and commands', () => {
    const { api: served, metrics } = loadConfig({});
    const ports = (resource: Resource) =>
      Object.fromEntries(
        containerOf(resource).ports.map(
          ({ name, containerPort }: { name: string; containerPort: number }) => [
            name,
            containerPort,
          ],
        ),
      );
    assert.deepEqual(ports(api), { http: served.port, metrics: metrics.port });
    assert.deepEqual(ports(worker), { metrics: metrics.port });
    const paths = statusRoutes.map(({ path }) => path);
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      assert.ok(paths.includes(containerOf(api)[probe].httpGet.path), probe);
    }
    const [command] = [containerOf(worker).command as string[]];
    assert.deepEqual(
      command,
      imageCommand().map((word) => word.replace('main.ts', 'worker.ts')),
    );
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    assert.ok(scripts['migrate']?.includes(containerOf(migrate).command.slice(0, 2).join(' ')));
    const services = read('base/services.yml');
    assert.deepEqual(
      services.map(({ spec }) => spec.ports[0].port),
      [served.port, metrics.port],
    );
    const policies = read('base/network-policies.yml');
    const opened = policies.flatMap(({ spec }) =>
      (spec.ingress ?? []).flatMap(({ ports: open }: { ports: { port: number }[] }) =>
        open.map(({ port }) => port),
      ),
    );
    assert.deepEqual(opened, [served.port, metrics.port]);
    assert.ok(
      policies.some(
        ({ spec }) =>
          Object.keys(spec.podSelector).length === 0 &&
          spec.policyTypes.length === 2 &&
          spec.egress === undefined,
      ),
    );
  });

  it('agree on times: a pod is given longer to end than it takes, a request longer than its deadline', () => {
    const {
      shutdown,
      api: { requestTimeoutMs, maxBodyBytes },
    } = loadConfig({});
    for (const resource of [api, worker]) {
      const { terminationGracePeriodSeconds: grace } = resource.spec.template.spec;
      assert.ok(grace * 1000 >= shutdown.leadMs + shutdown.graceMs + 5000);
    }
    // While it drains, it is found to be so before it closes.
    const { periodSeconds } = containerOf(api).readinessProbe;
    assert.ok(shutdown.leadMs >= periodSeconds * 1000);
    const { annotations } = one('base/ingress.yml', 'Ingress').metadata;
    const of = (name: string) => annotations[`nginx.ingress.kubernetes.io/${name}`] as string;
    assert.ok(Number(of('proxy-read-timeout')) * 1000 > requestTimeoutMs);
    assert.ok(parseInt(of('proxy-body-size'), 10) * 1024 ** 2 > maxBodyBytes);
  });

  it('agree on sizes: the heap below the memory, as many shares of a quota as processes', () => {
    const { NODE_OPTIONS = '', RATE_LIMIT_INSTANCES } = environmentOf('production');
    const heap = Number(/--max-old-space-size=(\d+)/.exec(NODE_OPTIONS)?.[1]);
    assert.equal(containerOf(api).resources.limits.memory, '2Gi');
    assert.equal(heap / 2048, 0.75);
    const { maxReplicas } = one('base/autoscaling.yml', 'HorizontalPodAutoscaler').spec;
    assert.equal(Number(RATE_LIMIT_INSTANCES), maxReplicas);
  });

  it('agree on scripts: a shell takes them, and what a restore counts are tables', () => {
    for (const file of [
      'kubernetes/base/backup.sh',
      'kubernetes/base/restore-verify.sh',
      'smoke.sh',
    ]) {
      assert.equal(spawnSync('bash', ['-n', `deploy/${file}`]).status, 0, file);
    }
    const [, counted = ''] =
      /for table in (.*); do/.exec(
        readFileSync(join(KUBERNETES, 'base/restore-verify.sh'), 'utf8'),
      ) ?? [];
    const tables = new Set(
      entities.map(
        (entity) => (entity as unknown as { meta: { tableName: string } }).meta.tableName,
      ),
    );
    for (const name of counted.split(' ')) assert.ok(tables.has(name), name);
  });

  it('agree on metrics: what workers are scaled by is measured, and everything is one job', () => {
    const { triggers } = one('components/keda/scaled-object.yml', 'ScaledObject').spec;
    const { query } = triggers[0].metadata as { query: string };
    const [, name = '', labels = ''] = /(\w+)\{(.*)\}/.exec(query) ?? [];
    assert.ok(
      exposedFamilies().some((family) => family.name === name),
      name,
    );
    const [, job] = /job="([^"]*)"/.exec(labels) ?? [];
    const [, scraped] = read('base/services.yml');
    const monitor = one('components/monitoring/service-monitor.yml', 'ServiceMonitor').spec;
    assert.equal(scraped?.metadata.labels[monitor.jobLabel], job);
    assert.equal(monitor.selector.matchLabels.app, scraped?.metadata.labels.app);
    // Whom the rules leave out where they are about answers.
    const [target] = monitor.endpoints[0].relabelings;
    assert.deepEqual([target.targetLabel, target.replacement], ['role', 'worker']);
    assert.equal(target.regex, worker.spec.template.metadata.labels.app);
    assert.ok(API.includes(`${target.targetLabel}!="${target.replacement}"`));
    const [, workers] = parse(readFileSync('prometheus/targets/api.yml', 'utf8')) as {
      labels?: object;
    }[];
    assert.deepEqual(workers?.labels, { role: 'worker' });
    assert.equal(one('components/monitoring/probe.yml', 'Probe').spec.jobName, `${job}-probe`);
    for (const resource of [api, worker]) {
      const { labels: own } = resource.spec.template.metadata;
      for (const [label, value] of Object.entries(scraped?.spec.selector))
        assert.equal(own[label], value);
    }
    const {
      scrape_configs: [ours],
    } = parse(readFileSync('prometheus/prometheus.yml', 'utf8')) as {
      scrape_configs: Record<string, unknown>[];
    };
    assert.deepEqual(
      [
        monitor.sampleLimit,
        monitor.convertClassicHistogramsToNHCB,
        monitor.scrapeClassicHistograms,
      ],
      [
        ours?.['sample_limit'],
        ours?.['convert_classic_histograms_to_nhcb'],
        ours?.['always_scrape_classic_histograms'],
      ],
    );
    const { spec } = one('components/monitoring/generated/prometheus-rule.yml', 'PrometheusRule');
    assert.ok(JSON.stringify(spec).includes(`job=\\"${job}\\"`));
  });
});
