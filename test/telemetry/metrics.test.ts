import assert from 'node:assert/strict';
import { context, metrics as otel, trace, TraceFlags } from '@opentelemetry/api';
import {
  bounded,
  counter,
  gauge,
  histogram,
  observableGauge,
  renderMetrics,
} from '#telemetry/metrics.ts';
import { startProcessMetrics } from '#telemetry/metrics-process.ts';
import { telemetry } from '#telemetry/start.ts';
import '#src/http/request/metrics.ts';
import { withSpan } from '#test/support/with-span.ts';
import { parseExposition } from '#test/support/exposition-parser.ts';

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';

async function scrape(accept: string = OPENMETRICS) {
  const { body, contentType } = await renderMetrics(accept, telemetry.collect);
  const format = contentType.startsWith('application/openmetrics') ? 'openmetrics' : 'text';
  return { body, contentType, families: parseExposition(body, format) };
}

async function value(line: string): Promise<number | undefined> {
  const { body } = await renderMetrics(undefined, telemetry.collect);
  const found = body.split('\n').find((text) => text.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

describe('declaring a family', () => {
  it('makes the children of closed label sets exist at 0', async () => {
    counter({
      name: 'test_closed_total',
      help: 'x',
      labels: { a: ['x', 'y'], b: ['1', '2'] },
    }).inc({ a: 'x', b: '2' });
    assert.equal(await value('test_closed_total{a="x",b="2"}'), 1);
    assert.equal(await value('test_closed_total{a="y",b="1"}'), 0);
  });

  it('refuses names and helps that the formats do not allow', () => {
    assert.throws(() => counter({ name: 'test_no_suffix', help: 'x' }), /test_no_suffix/);
    assert.throws(() => gauge({ name: 'test_gauge_total', help: 'x' }), /test_gauge_total/);
    assert.throws(() => gauge({ name: 'test_gauge_count', help: 'x' }), /test_gauge_count/);
    assert.throws(() => gauge({ name: 'testCamel', help: 'x' }), /testCamel/);
    assert.throws(() => gauge({ name: 'test_no_help', help: ' ' }), /no help/);
  });

  it('cannot be done twice', () => {
    gauge({ name: 'test_twice', help: 'x' });
    assert.throws(() => gauge({ name: 'test_twice', help: 'x' }), /already/);
  });

  it('ignores numbers that are none', async () => {
    const test = counter({ name: 'test_numbers_total', help: 'x' });
    test.inc({});
    for (const by of [Number.NaN, -1, Infinity]) test.inc({}, by);
    assert.equal(await value('test_numbers_total'), 1);
  });
});

describe('a counter', () => {
  it('adds what was tallied to the same series as what was counted', async () => {
    const test = counter({ name: 'test_tallied_total', help: 'x', labels: { a: ['x', 'y'] } });
    const count = test.of({ a: 'x' });
    count(1);
    test.inc({ a: 'x' });
    test.of({ a: 'x' })(2);
    assert.equal(await value('test_tallied_total{a="x"}'), 4);
    count(1);
    assert.equal(await value('test_tallied_total{a="x"}'), 5);
    assert.equal(await value('test_tallied_total{a="y"}'), 0);
  });

  it('is initialised for one value of a bounded label with all values of the closed ones', async () => {
    const labels = { who: bounded(2), a: ['x', 'y'], b: ['1', '2'] } as const;
    const test = counter({ name: 'test_initialised_total', help: 'x', labels });
    assert.equal((await scrape()).families.get('test_initialised')?.samples.length ?? 0, 0);
    test.init({ who: 'me', b: '2' });
    test.init({ who: 'you' });
    const samples = (await scrape()).families.get('test_initialised')?.samples ?? [];
    assert.deepEqual(
      samples.map(({ labels: { who, a, b }, value: at }) => [who, a, b, at]),
      [
        ['me', 'x', '2', 0],
        ['me', 'y', '2', 0],
        ['you', 'x', '1', 0],
        ['you', 'x', '2', 0],
        ['you', 'y', '1', 0],
        ['you', 'y', '2', 0],
      ],
    );
  });
});

describe('an observable gauge', () => {
  const labels = { state: ['up', 'down'] } as const;

  it('shows what its callbacks observe at each scrape, and nothing of one that ended', async () => {
    const test = observableGauge({ name: 'test_observed', help: 'x', labels });
    const load = { first: 1, second: 10 };
    const stopFirst = test.addCallback((observe) => observe({ state: 'up' }, load.first));
    const stopSecond = test.addCallback((observe) => {
      observe({ state: 'up' }, load.second);
      observe({ state: 'down' }, 0);
    });
    assert.equal(await value('test_observed{state="up"}'), 11);
    load.first = 2;
    assert.equal(await value('test_observed{state="up"}'), 12);
    stopSecond();
    stopSecond();
    assert.equal(await value('test_observed{state="up"}'), 2);
    assert.equal(await value('test_observed{state="down"}'), undefined);
    stopFirst();
    assert.equal(await value('test_observed{state="up"}'), undefined);
  });

  it('without labels is absent, too, when nobody observes it', async () => {
    const test = observableGauge({ name: 'test_unlabelled', help: 'x' });
    assert.equal(await value('test_unlabelled'), undefined);
    const stop = test.addCallback((observe) => observe({}, 0));
    assert.equal(await value('test_unlabelled'), 0);
    stop();
    assert.equal(await value('test_unlabelled'), undefined);
  });

  it('falls back to its initial value, which is not combined with what is observed', async () => {
    const spec = { name: 'test_worst', help: 'x', labels, initial: 0, combine: 'min' as const };
    const test = observableGauge(spec);
    assert.equal(await value('test_worst{state="up"}'), 0);
    const stops = [3, 2, 5].map((at) =>
      test.addCallback((observe) => observe({ state: 'up' }, at)),
    );
    assert.equal(await value('test_worst{state="up"}'), 2);
    assert.equal(await value('test_worst{state="down"}'), 0);
    for (const stop of stops) stop();
    assert.equal(await value('test_worst{state="up"}'), 0);
  });
});

describe('a histogram whose labels are looked up once', () => {
  it('adds to the same series as one whose labels are looked up each time', async () => {
    const spec = { name: 'test_of_seconds', help: 'x', labels: { a: ['x', 'y'] as const } };
    const test = histogram({ ...spec, buckets: [0.1, 0.5] });
    test.observe({ a: 'x' }, 0.3);
    const observe = test.of({ a: 'x' });
    for (const seconds of [0.1, 0.4, 7, Number.NaN, Infinity]) observe(seconds);
    test.observe({ a: 'x' }, 0.3);
    assert.equal(await value('test_of_seconds_bucket{a="x",le="0.1"}'), 1);
    assert.equal(await value('test_of_seconds_bucket{a="x",le="0.5"}'), 4);
    assert.equal(await value('test_of_seconds_count{a="x"}'), 5);
    assert.equal(await value('test_of_seconds_sum{a="x"}'), 8.1);
    test.of({ a: 'y' });
    assert.equal(await value('test_of_seconds_count{a="y"}'), 0);
  });
});

describe('label values', () => {
  it('beyond the bound fold into "other" and are counted, so 10,000 paths add one series', async () => {
    const test = counter({ name: 'test_bounded_total', help: 'x', labels: { path: bounded(5) } });
    assert.equal(await value('metrics_label_overflow_total{metric="test_bounded_total"}'), 0);
    for (let i = 0; i < 10_000; i++) test.inc({ path: `/random/${i}` });
    const { families } = await scrape();
    assert.equal(families.get('test_bounded')?.samples.length, 6);
    assert.equal(await value('test_bounded_total{path="other"}'), 9995);
    assert.equal(await value('metrics_label_overflow_total{metric="test_bounded_total"}'), 9995);
  });

  it('outside of a closed set fold as well', async () => {
    const test = gauge({ name: 'test_closed_set', help: 'x', labels: { state: ['up', 'down'] } });
    test.set({ state: 'sideways' }, 3);
    assert.equal(await value('test_closed_set{state="other"}'), 3);
  });

  it('are escaped', async () => {
    gauge({ name: 'test_escaped', help: 'a "b"\n\\', labels: { text: bounded(1) } }).set(
      { text: 'a"b\\c\nd' },
      1,
    );
    for (const accept of [OPENMETRICS, 'text/plain']) {
      const { families } = await scrape(accept);
      assert.deepEqual(families.get('test_escaped')?.samples[0]?.labels, {
        text: 'a\\"b\\\\c\\nd',
      });
    }
  });
});

describe('an exemplar', () => {
  const test = histogram({ name: 'test_exemplar_seconds', help: 'x', buckets: [0.1, 1] });
  const exemplars = async (accept?: string) =>
    ((await scrape(accept)).families.get('test_exemplar_seconds')?.samples ?? []).flatMap(
      ({ exemplar, labels }) => (exemplar === undefined ? [] : [{ ...exemplar, le: labels['le'] }]),
    );

  it('is kept from a sampled span only, and written in OpenMetrics only', async () => {
    test.observe({}, 0.05);
    const unsampled = trace.wrapSpanContext({
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      traceFlags: TraceFlags.NONE,
    });
    context.with(trace.setSpan(context.active(), unsampled), () => test.observe({}, 0.05));
    assert.deepEqual(await exemplars(), []);

    const earliest = Date.now() / 1000;
    const ids = await withSpan('x', {}, (span) => {
      test.observe({}, 0.5);
      return span.spanContext();
    });
    const [exemplar, ...more] = await exemplars();
    assert.deepEqual(more, []);
    assert.equal(exemplar?.le, '1.0');
    assert.equal(exemplar.value, 0.5);
    assert.deepEqual(exemplar.labels, { trace_id: ids.traceId, span_id: ids.spanId });
    // In seconds, and of now.
    assert.ok(exemplar.timestamp >= earliest - 1 && exemplar.timestamp <= Date.now() / 1000 + 1);
    assert.deepEqual(await exemplars('text/plain'), []);
  });
});

describe('/metrics', () => {
  before(() => startProcessMetrics(telemetry));

  it('is valid in both formats, in any order of asking', async () => {
    for (const accept of ['text/plain', OPENMETRICS, 'text/plain', OPENMETRICS]) {
      const { families, contentType } = await scrape(accept);
      assert.ok(families.size > 40, `${families.size} families`);
      assert.match(
        contentType,
        accept === OPENMETRICS
          ? /^application\/openmetrics-text; version=1\.0\.0; charset=utf-8$/
          : /^text\/plain; version=0\.0\.4; charset=utf-8$/,
      );
    }
  });

  it('has what prom-client and OpenTelemetry know, once each', async () => {
    const { families } = await scrape();
    for (const name of [
      'app_build_info',
      'target_info',
      'nodejs_heap_limit_bytes',
      'nodejs_gc_duration_seconds',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_eventloop_utilization_ratio',
      'nodejs_eventloop_time_seconds',
      'process_cpu_seconds',
      'process_start_time_seconds',
      'otel_sdk_span_started',
    ]) {
      assert.ok(families.has(name), `${name} among ${[...families.keys()].join(', ')}`);
    }
    const unwanted = [...families.keys()].filter((name) =>
      /^(nodejs_active_|v8js_|http_server_|nodejs_eventloop_delay)/.test(name),
    );
    assert.deepEqual(unwanted, []);
  });

  it('counts a span once', async () => {
    const started = 'otel_sdk_span_started_total{otel_span_sampling_result="RECORD_AND_SAMPLE"}';
    const before = (await value(started)) ?? 0;
    await withSpan('x', {}, () => {});
    assert.equal(await value(started), before + 1);
  });

  it('leaves out instruments that nobody catalogued', async () => {
    otel.getMeter('test').createCounter('test.uncatalogued').add(1, { user: 'anybody' });
    assert.ok(!(await scrape()).body.includes('uncatalogued'));
  });

  it('bounds what outbound calls add: hosts are partly chosen by clients', async () => {
    const duration = otel
      .getMeter('test')
      .createHistogram('http.client.request.duration', { unit: 's' });
    for (let i = 0; i < 500; i++) {
      duration.record(0.1, {
        'server.address': `host-${i}`,
        'http.request.method': 'POST',
        'url.full': 'x',
      });
    }
    const { families } = await scrape();
    const samples = families.get('http_client_request_duration_seconds')?.samples ?? [];
    const hosts = new Set(samples.map(({ labels }) => labels['server_address']));
    assert.ok(hosts.size <= 21, `${hosts.size} hosts`);
    assert.ok(hosts.has('other'));
    assert.ok(!JSON.stringify(samples).includes('url_full'));
  });

  it('adds up what two instrumentations say of the same labels', async () => {
    for (const meter of ['one', 'two']) {
      otel
        .getMeter(meter)
        .createHistogram('db.client.operation.duration', { unit: 's' })
        .record(0.02, { 'db.system.name': 'test', 'db.operation.name': 'PING' });
    }
    const { families } = await scrape();
    const mine = families
      .get('db_client_operation_duration_seconds')
      ?.samples.filter(({ labels }) => labels['db_system_name'] === 'test');
    assert.deepEqual(
      mine?.filter(({ name }) => name.endsWith('_count')).map(({ value }) => value),
      [2],
    );
    assert.equal(mine.find(({ labels }) => labels['le'] === '0.05')?.value, 2);
  });

  it('serves one source when the other fails, and counts that', async () => {
    const collect = telemetry.collect.bind(telemetry);
    const failed = 'metrics_collect_errors_total{source="otel"}';
    const before = (await value(failed)) ?? 0;
    telemetry.collect = () => Promise.reject(new Error('no'));
    try {
      const { families } = await scrape();
      assert.ok(families.has('process_cpu_seconds'));
      assert.ok(!families.has('target_info'));
    } finally {
      telemetry.collect = collect;
    }
    assert.equal(await value(failed), before + 1);
    assert.ok((await scrape()).families.has('target_info'));
  });

  it('loses only the family whose gauge fails', async () => {
    let fail = true;
    const stop = observableGauge({ name: 'test_failing', help: 'x' }).addCallback((observe) => {
      if (fail) throw new Error('no');
      observe({}, 7);
    });
    const failed = 'metrics_collect_errors_total{source="prom-client"}';
    const { families } = await scrape();
    assert.ok(!families.has('test_failing'));
    assert.ok(families.has('process_cpu_seconds'));
    fail = false;
    assert.equal(await value('test_failing'), 7);
    assert.ok(((await value(failed)) ?? 0) >= 1);
    stop();
  });

  it('asks each source once for a scrape, in either format', async () => {
    const asked = { gauge: 0, otel: 0 };
    observableGauge({ name: 'test_asked', help: 'x', labels: {} }).addCallback((observe) => {
      asked.gauge += 1;
      observe({}, 1);
    });
    const collect = () => {
      asked.otel += 1;
      return telemetry.collect();
    };
    for (let scrapes = 1; scrapes <= 4; scrapes++) {
      await renderMetrics(scrapes % 2 === 0 ? OPENMETRICS : 'text/plain', collect);
      assert.deepEqual(asked, { gauge: scrapes, otel: scrapes });
    }
  });
});
