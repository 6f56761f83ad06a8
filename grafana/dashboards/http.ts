import {
  httpRequestDuration,
  httpRequestSize,
  httpRequestsAborted,
  httpRequestsInFlight,
  httpRequestsShed,
  httpResponseSize,
} from '#src/http/request/metrics.ts';
import { attr } from '#telemetry/conventions.ts';
import { dashboard } from '../dashboard.ts';
import { routeLinks } from '../links.ts';
import { is, logsTable } from '../logs.ts';
import { heatmap, table, timeseries } from '../panels.ts';
import {
  bucketOf,
  countRate,
  increaseOverRange,
  orZero,
  quantile,
  quantileOverRange,
  rate,
  ratio,
  select,
  sumBy,
  countOf,
} from '../queries.ts';
import { latencySteps } from '../steps.ts';
import { objectives } from '../thresholds.ts';

const route = 'route=~"$route"';
const total = sumBy('route', increaseOverRange(countOf(httpRequestDuration), route));
const failed = sumBy(
  'route',
  increaseOverRange(countOf(httpRequestDuration), `${route},status_code=~"5.."`),
);

/** Which routes are slow, failing, busy. */
export const http = dashboard({
  uid: 'api-http',
  title: 'API / HTTP by route',
  description: 'Which routes are busy, slow or failing, and for which answers.',
  byRoute: true,
  sections: [
    {
      id: 100,
      title: 'Routes',
      panels: [
        table({
          id: 1,
          w: 24,
          h: 10,
          title: 'Routes',
          description: 'Every route over the time shown. A click on a route shows only that one.',
          unit: 'short',
          queries: [
            { expr: total, legend: '{{route}}' },
            { expr: ratio(orZero(failed, total), total), legend: '{{route}}' },
            {
              expr: quantileOverRange(0.95, httpRequestDuration, 'route', route),
              legend: '{{route}}',
            },
            {
              expr: quantileOverRange(0.99, httpRequestDuration, 'route', route),
              legend: '{{route}}',
            },
          ],
          labels: { route: 'Route' },
          columns: [
            { title: 'Requests', unit: 'short', decimals: 0 },
            { title: '5xx', unit: 'percentunit', alert: 'ApiRouteErrorRatioHigh' },
            { title: 'p95', unit: 's' },
            { title: 'p99', unit: 's' },
          ],
          sortBy: 'Requests',
          overrides: [
            {
              matcher: { id: 'byName', options: 'Route' },
              properties: [{ id: 'links', value: routeLinks() }],
            },
          ],
          links: ['ApiRouteErrorRatioHigh', 'traces'],
        }),
      ],
    },
    {
      id: 101,
      title: 'Latency',
      panels: [
        heatmap({
          id: 2,
          w: 12,
          h: 9,
          title: 'Latency of the chosen routes',
          description: 'How many requests took how long. Dots lead to traces.',
          unit: 's',
          queries: [
            {
              expr: sumBy('le', rate(bucketOf(httpRequestDuration), route)),
              legend: '{{le}}',
              exemplars: true,
            },
          ],
          links: ['ApiErrorBudgetBurn', 'slow traces'],
        }),
        timeseries({
          id: 3,
          w: 12,
          h: 9,
          title: 'Slowest routes (p99)',
          description: `The five routes with the largest p99. The line is the objective of reads, ${objectives.read.seconds * 1000} ms. Dots lead to traces.`,
          unit: 's',
          queries: [
            {
              expr: `topk(5, ${quantile(0.99, httpRequestDuration, 'route', route)})`,
              legend: '{{route}}',
              exemplars: true,
            },
          ],
          thresholds: latencySteps,
          noValue: 'no traffic',
          links: ['ApiErrorBudgetBurn', 'slow traces'],
        }),
      ],
    },
    {
      id: 102,
      title: 'Answers',
      panels: [
        timeseries({
          id: 4,
          w: 12,
          h: 9,
          title: 'Answers by status',
          description: 'Requests answered a second, by status code, of the chosen routes.',
          unit: 'reqps',
          look: 'stack',
          byStatus: true,
          queries: [
            {
              expr: countRate(httpRequestDuration, 'status_code', route),
              legend: '{{status_code}}',
            },
          ],
          links: ['ApiRouteErrorRatioHigh', 'traces'],
        }),
        timeseries({
          id: 5,
          w: 12,
          h: 9,
          title: '5xx share by route',
          description: 'Share of answers that are 5xx, of the chosen routes that fail.',
          unit: 'percentunit',
          queries: [
            {
              expr: ratio(
                countRate(httpRequestDuration, 'route', `${route},status_code=~"5.."`),
                countRate(httpRequestDuration, 'route', route),
              ),
              legend: '{{route}}',
            },
          ],
          noValue: 'no 5xx',
          alert: 'ApiRouteErrorRatioHigh',
          links: ['traces'],
        }),
        timeseries({
          id: 6,
          w: 8,
          h: 8,
          title: 'Requests by route',
          description: 'Requests answered a second, by method and route.',
          unit: 'reqps',
          queries: [
            {
              expr: countRate(httpRequestDuration, 'method, route', route),
              legend: '{{method}} {{route}}',
            },
          ],
          links: ['ApiInFlightHigh'],
        }),
        timeseries({
          id: 7,
          w: 8,
          h: 8,
          title: 'Requests in flight',
          description: 'Requests accepted and not yet finished, all routes.',
          unit: 'short',
          decimals: 0,
          queries: [{ expr: select(httpRequestsInFlight), legend: '{{instance}}' }],
          alert: 'ApiInFlightHigh',
        }),
        timeseries({
          id: 8,
          w: 8,
          h: 8,
          title: 'Given up by the client',
          description: 'Connections a second that the client closed before its answer ended.',
          unit: 'reqps',
          look: 'bars',
          queries: [
            {
              expr: sumBy('route', rate(httpRequestsAborted, route)),
              legend: '{{route}}',
            },
          ],
          noValue: 'none',
          links: ['ApiErrorBudgetBurn', 'traces'],
        }),
        timeseries({
          id: 13,
          w: 24,
          h: 7,
          title: 'Refused for want of room',
          description:
            'Answers 503 a second by the process itself: the line of waiting requests was full, or took too long; too many large bodies at once; too many connections.',
          unit: 'reqps',
          look: 'bars',
          queries: [{ expr: sumBy('reason', rate(httpRequestsShed)), legend: '{{reason}}' }],
          noValue: 'none',
          links: ['ApiRouteErrorRatioHigh', 'ApiErrorBudgetBurn'],
        }),
      ],
    },
    {
      id: 103,
      title: 'Sizes and strays',
      panels: [
        timeseries({
          id: 9,
          w: 8,
          h: 8,
          title: 'Size of requests (p95)',
          description: '95 % of the bodies received are smaller than this.',
          unit: 'bytes',
          queries: [{ expr: quantile(0.95, httpRequestSize, 'route', route), legend: '{{route}}' }],
          noValue: 'no bodies',
          links: ['ApiInFlightHigh'],
        }),
        timeseries({
          id: 10,
          w: 8,
          h: 8,
          title: 'Size of answers (p95)',
          description: '95 % of the bodies sent are smaller than this.',
          unit: 'bytes',
          queries: [
            { expr: quantile(0.95, httpResponseSize, 'route', route), legend: '{{route}}' },
          ],
          noValue: 'no bodies',
          links: ['ApiInFlightHigh'],
        }),
        timeseries({
          id: 11,
          w: 8,
          h: 8,
          title: 'Unmatched requests',
          description:
            'Requests a second to paths that do not exist: scanners, or a client with a wrong address.',
          unit: 'reqps',
          queries: [
            {
              expr: countRate(httpRequestDuration, 'method, status_code', 'route="unmatched"'),
              legend: '{{method}} {{status_code}}',
            },
          ],
          noValue: 'none',
          links: ['MetricsCardinalityHigh', 'traces'],
        }),
      ],
    },
    {
      id: 104,
      title: 'Who (needs the log store)',
      closed: [
        logsTable({
          id: 12,
          w: 24,
          h: 9,
          title: 'Failed requests, by whom they are about',
          description:
            'Routes, error codes and candidates, each by its handle, with the most answers 5xx in the time shown.',
          where: is(attr.httpStatus, '>=500'),
          by: {
            [attr.httpRoute]: 'Route',
            [attr.errorCode]: 'Error',
            [attr.candidate]: 'Candidate',
          },
          alert: 'ApiRouteErrorRatioHigh',
        }),
      ],
    },
  ],
});
