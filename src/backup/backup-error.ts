/** A sentence for the operator: what keeps a backup or a restore from being made, and what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}
