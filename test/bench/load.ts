import autocannon from 'autocannon';

export interface Target {
  url: string;
  method?: 'GET' | 'POST';
  body?: string;
  /** Answers with another status are a broken benchmark. */
  status: number;
}

const CONNECTIONS = 32;

/** Requests a second that a server answers under closed-loop load. */
export async function requestsPerSecond(target: Target, seconds: number): Promise<number> {
  const result = await autocannon({
    url: target.url,
    method: target.method ?? 'GET',
    connections: CONNECTIONS,
    duration: seconds,
    headers: { 'content-type': 'application/json' },
    ...(target.body === undefined ? {} : { body: target.body }),
  });
  const wanted = result.statusCodeStats[String(target.status)]?.count ?? 0;
  if (wanted < result.requests.total * 0.99 || wanted === 0) {
    throw new Error(
      `${target.url} answered ${JSON.stringify(result.statusCodeStats)}, not ${target.status}`,
    );
  }
  return result.requests.average;
}
