import { unmatched, type RouteFacts } from '#src/http/request/context.ts';

/** Facts of a route that states nothing unusual. */
export function factsAt(template: string, facts: Partial<RouteFacts> = {}): RouteFacts {
  return template === unmatched.template ? unmatched : { ...unmatched, template, ...facts };
}
