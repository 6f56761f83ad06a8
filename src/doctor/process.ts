import type { Found } from './configuration.ts';
import { fail, pass, warn, type Finding } from './finding.ts';

/** @param needed `engines.node` of package.json: `>=26.0.0` */
export function checkProcess(options: {
  uid: number | undefined;
  node: string;
  needed: string;
  production: boolean;
}): Found[] {
  const { uid, node, needed, production } = options;
  const oldest = Number(/\d+/.exec(needed)?.[0] ?? 0);
  const findings: Finding[] = [];
  const isOld = Number.parseInt(node, 10) < oldest;
  findings.push(
    isOld
      ? fail(
          `This is Node.js ${node}.`,
          `Install ${needed}, or start it by npm, which brings its own.`,
        )
      : pass(`This is Node.js ${node}.`),
  );
  if (uid === 0 && production) {
    findings.push(
      warn('This user is root.', 'Run the service as a user of its own, as the image does.'),
    );
  }
  return findings.map((finding): Found => ['process', finding]);
}
