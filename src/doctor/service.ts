/** A service that runs on this machine with the same configuration, if there is one. */
import type { Config } from '../config.ts';
import { originOf } from '../config/hosts.ts';
import { codeOf, causesOf } from '../errors.ts';
import { healthPaths } from '../resilience/health/health-paths.ts';
import type { Found } from './configuration.ts';
import { fail, pass, unknown, type Finding } from './finding.ts';

const SERVICE_MS = 3000;

export async function checkService({ api, metrics }: Config): Promise<Found[]> {
  const found: Found[] = await Promise.all([
    checkProbes(originOf(api.host, api.port)).then((finding): Found => ['health-checks', finding]),
    checkMetrics(originOf(metrics.host, metrics.port), metrics.token).then((finding): Found => [
      'circuit-breakers',
      finding,
    ]),
  ]);
  return found;
}

async function checkProbes(url: string): Promise<Finding> {
  try {
    const alive = await get(`${url}${healthPaths.liveness}`);
    const ready = await get(`${url}${healthPaths.readiness}`);
    if (!alive.ok) {
      return fail(`Liveness answers ${alive.status}.`, 'Is it another service that has API_PORT?');
    }
    return ready.ok
      ? pass('Liveness and readiness answer 200; who asks them cannot be seen from here.')
      : fail(`Readiness answers ${ready.status}.`, 'Read `reason` of that answer.');
  } catch (error) {
    return unanswered(
      error,
      'API_PORT',
      'Point livenessProbe and readinessProbe at the status routes.',
    );
  }
}

async function checkMetrics(url: string, token: string | null): Promise<Finding> {
  try {
    const headers = token === null ? {} : { Authorization: `Bearer ${token}` };
    const response = await get(`${url}/metrics`, headers);
    const text = await response.text();
    return text.includes('\ncircuit_breaker_state{')
      ? pass(
          'circuit_breaker_state is there to be scraped; who scrapes it cannot be seen from here.',
        )
      : fail(
          `/metrics answers ${response.status} without circuit_breaker_state.`,
          'Is it another service that has METRICS_PORT?',
        );
  } catch (error) {
    return unanswered(
      error,
      'METRICS_PORT',
      'Let Prometheus scrape it, with the rules in prometheus/rules.',
    );
  }
}

const get = (url: string, headers: Record<string, string> = {}) =>
  fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(SERVICE_MS) });

function unanswered(error: unknown, variable: string, fix: string): Finding {
  const isAbsent = causesOf(error).some((link) => codeOf(link) === 'ECONNREFUSED');
  return isAbsent
    ? unknown(`No service runs on ${variable} of this machine.`, fix)
    : fail(`What listens on ${variable} does not answer.`, 'Look at its log and at its CPU.');
}
