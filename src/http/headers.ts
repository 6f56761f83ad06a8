/** What a header is to a client: documented, and exposed to browsers or accepted from them. */
export interface HeaderFact {
  description: string;
  example: string | number;
  /** On each such answer, without exception. */
  required?: true;
  type?: 'string' | 'integer' | 'number';
  pattern?: string;
}

/** By name; stated by whoever reads or writes the header. */
export type HeaderFacts = Readonly<Record<string, HeaderFact>>;
