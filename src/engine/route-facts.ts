/** What the syntax stage says of paths of HTTP. As `facts.ts`: plain JSON. */

/** A path of HTTP, or a command, and the name of the function that answers it. */
export interface RouteFacts {
  path: string;
  handler: string;
  /** `get`, `post` and so on, where it is known. */
  verb?: string;
  /** Class of the function, null for none, where the route tells it. */
  owner?: string | null;
  /** It is the name of a command on the command line. */
  command?: true;
  /** Name by which code and tests ask for its path: `orders-list` of Django. */
  name?: string;
}

/** A path under which the routes of another file are put, by the name or the module of that; null for its own. */
export interface MountFacts {
  path: string;
  of: string | null;
}
