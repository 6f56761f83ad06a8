/**
 * One attempt at one delivery. At least once: a receiver whose answer was lost is told again, under the same
 * `webhook-id`. The order of events is not kept.
 */
import { SpanKind, SpanStatusCode, type Span } from '@opentelemetry/api';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { attr } from '#telemetry/conventions.ts';
import type { Logger } from '#telemetry/logger.ts';
import { tracer } from '#telemetry/tracing.ts';
import { CircuitOpenError } from '../../errors.ts';
import { OutboundError, type OutboundAnswer, type Post } from '../../outbound/post.ts';
import type { Clock } from '../../time/clock.ts';
import { findDue, type Attempted, type DueDelivery } from './delivery-store.ts';
import type { DeliveryOutcome } from './metrics.ts';
import { readRetryAfter, retryDelay } from './retry.ts';
import type { Receivers } from './receivers.ts';
import { signedHeaders, type WebhookSecrets } from './webhook-secret.ts';
import type { DeliveryError } from './webhook.ts';

/** What is to be stored of it. */
export interface Delivered extends Attempted {
  webhookId: string;
  /** Whether it went to the `callback_url` of a job or batch: what that answers is not the webhook's word. */
  isCallback: boolean;
}

/**
 * @param tries this one included
 * @returns undefined when there is nothing (any more) to be delivered
 * @throws the signal's reason, and errors of the database
 */
export type Deliver = (
  id: string,
  tries: number,
  signal: AbortSignal,
) => Promise<Delivered | undefined>;

/** Of the receiver: counts for its breaker, unlike an answer that says that the request was wrong. */
class ReceiverFailed extends Error {
  override readonly name = 'ReceiverFailed';
  readonly answer: OutboundAnswer;
  constructor(answer: OutboundAnswer) {
    super(`The receiver answered ${answer.status}.`);
    this.answer = answer;
  }
}

interface Result {
  error: DeliveryError | null;
  answer: OutboundAnswer | null;
}

/** Nobody was asked. */
const unasked: readonly DeliveryError[] = [
  'url_refused',
  'address_refused',
  'circuit_open',
  'webhook_disabled',
  'secret_unreadable',
];
/** No other attempt would end otherwise. */
const final: readonly DeliveryError[] = [
  'url_refused',
  'gone',
  'webhook_disabled',
  'secret_unreadable',
];

export function createDeliver(deps: {
  em: () => SqlEntityManager;
  post: Post;
  receivers: Receivers;
  secrets: WebhookSecrets;
  clock: Clock;
  /** 0 ≤ x < 1 */
  random: () => number;
  version: string;
  ended: (outcome: DeliveryOutcome, seconds: number) => void;
  log: Logger;
}): Deliver {
  const { post, receivers, secrets, clock, log } = deps;

  const send = async (delivery: DueDelivery, signal: AbortSignal): Promise<Result> => {
    const keys = [delivery.secret, delivery.previous_secret]
      .filter((sealed) => sealed !== null)
      .map((sealed) => secrets.open(delivery.webhook_id, sealed))
      .filter((secret) => secret !== null);
    if (keys.length === 0) return failed('secret_unreadable');
    const { id, url, payload: body } = delivery;
    const headers = {
      'content-type': 'application/json',
      'user-agent': `sono-eval/${deps.version}`,
      ...signedHeaders(keys, { id, body, at: clock.now() }),
    };
    const work = async () => {
      const answer = await post(url, { headers, body, signal });
      if (answer.status >= 500) throw new ReceiverFailed(answer);
      return answer;
    };
    try {
      const answer = await receivers(new URL(url).host).execute(work, { signal });
      return { error: errorOf(answer.status), answer };
    } catch (error) {
      if (error instanceof ReceiverFailed) return { error: 'http_status', answer: error.answer };
      if (error instanceof CircuitOpenError) return failed('circuit_open');
      if (error instanceof OutboundError) return failed(error.failure);
      throw error;
    }
  };
  const conclude = (delivery: DueDelivery, tries: number, { error, answer }: Result): Delivered => {
    const at = clock.now();
    const retryAfter = readRetryAfter(answer?.retryAfter ?? null, at);
    const seconds =
      error === null || final.includes(error) ? null : retryDelay(tries, retryAfter, deps.random());
    return {
      webhookId: delivery.webhook_id,
      isCallback: delivery.is_callback,
      status: error === null ? 'delivered' : seconds === null ? 'dead' : 'retrying',
      error,
      httpStatus: answer?.status ?? null,
      isAttempt: error === null || !unasked.includes(error),
      nextAttemptAt: seconds === null ? null : new Date(at.getTime() + seconds * 1000),
      at,
    };
  };

  return async function deliver(id, tries, signal) {
    const delivery = await findDue(deps.em(), id, clock.now());
    if (delivery === undefined) return undefined;
    const startedAt = clock.monotonicMs();
    const result = delivery.is_enabled
      ? await inSpan(delivery, () => send(delivery, signal))
      : failed('webhook_disabled');
    const done = conclude(delivery, tries, result);
    deps.ended(outcomeOf(done), (clock.monotonicMs() - startedAt) / 1000);
    report(log, delivery, done);
    return done;
  };
}

/** Below the span of the queue, in the trace of what it tells of. Of the URL the host alone: the rest may be secret. */
function inSpan(delivery: DueDelivery, work: () => Promise<Result>): Promise<Result> {
  const options = {
    kind: SpanKind.CLIENT,
    attributes: {
      [attr.httpMethod]: 'POST',
      [attr.serverAddress]: hostIn(delivery.url),
      'webhook.id': delivery.webhook_id,
      'webhook.event': delivery.event,
    },
  };
  return tracer().startActiveSpan('POST webhook', options, async (span) => {
    try {
      const result = await work();
      describe(span, result);
      return result;
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

function describe(span: Span, { error, answer }: Result): void {
  if (answer !== null) span.setAttribute(attr.httpStatus, answer.status);
  if (error === null) return;
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute(attr.errorType, error);
}

function report(log: Logger, delivery: DueDelivery, done: Delivered): void {
  const fields = {
    'webhook.id': delivery.webhook_id,
    'webhook.delivery': delivery.id,
    'webhook.event': delivery.event,
    [attr.serverAddress]: hostIn(delivery.url),
    [attr.errorType]: done.error ?? undefined,
    [attr.httpStatus]: done.httpStatus ?? undefined,
  };
  if (done.status === 'delivered')
    log.debug('A webhook was delivered', { [attr.eventName]: 'webhook.delivered', ...fields });
  else if (done.status === 'retrying')
    log.info('A webhook was not delivered; it is tried again', {
      [attr.eventName]: 'webhook.retried',
      ...fields,
    });
  else log.warn('A webhook is given up', { [attr.eventName]: 'webhook.dead', ...fields });
}

function hostIn(url: string): string {
  return URL.parse(url)?.hostname ?? '';
}

function failed(error: DeliveryError): Result {
  return { error, answer: null };
}

function errorOf(status: number): DeliveryError | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return 'redirected';
  return status === 410 ? 'gone' : 'http_status';
}

function outcomeOf({ status, isAttempt }: Delivered): DeliveryOutcome {
  if (status !== 'retrying') return status;
  return isAttempt ? 'retried' : 'postponed';
}
