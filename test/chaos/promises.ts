/** What an experiment prints: a line for each promise, and whether it was kept. */
export interface Promises {
  report: (what: string, kept: boolean, figures: string) => void;
  broken: () => number;
}

/** @param width of the column of the promises, in characters */
export function openPromises(width: number): Promises {
  let broken = 0;
  return {
    report(what, kept, figures) {
      if (!kept) broken += 1;
      process.stdout.write(`${kept ? 'kept  ' : 'BROKEN'} ${what.padEnd(width)} ${figures}\n`);
    },
    broken: () => broken,
  };
}
