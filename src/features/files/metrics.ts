import { counter, observableGauge } from '#telemetry/metrics.ts';

/** Refused: by what it is, or for lack of room. Aborted: its client left, or was too slow. */
const uploadOutcomes = ['stored', 'refused', 'aborted', 'failed'] as const;

export const uploadsTotal = counter({
  name: 'uploads_total',
  help: 'Uploads by how they ended',
  labels: { outcome: uploadOutcomes },
});

export const uploadBytes = counter({
  name: 'upload_bytes_total',
  help: 'Bytes of files received, whatever became of them',
});

export const uploadsStoredBytes = observableGauge({
  name: 'uploads_stored_bytes',
  help: 'Bytes of all uploaded files as of the last hour, equal contents counted once',
  initial: 0,
  // Each instance counts all files.
  combine: 'max',
});

/** Shows what is stored at each scrape. @returns ends it */
export function observeStoredBytes({ stored }: { stored: () => number }): () => void {
  return uploadsStoredBytes.addCallback((observe) => observe({}, stored()));
}
