/** The part of autocannon that is used; it is installed by `npm run bench`, not with the service. */
declare module 'autocannon' {
  interface Options {
    url: string;
    method: string;
    connections: number;
    duration: number;
    headers: Record<string, string>;
    body?: string;
  }
  interface Result {
    requests: { average: number; total: number };
    statusCodeStats: Record<string, { count: number }>;
  }
  function autocannon(options: Options): Promise<Result>;
  export default autocannon;
}
