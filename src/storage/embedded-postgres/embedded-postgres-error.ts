/** The embedded database cannot be started; the message is a sentence for the operator, who reads it on the console. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}
