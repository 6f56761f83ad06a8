/**
 * The deployment guide's security checklist against what is really there. Nothing is started or changed, every
 * question has a deadline, and what cannot be seen from here is said to be so.
 */
import { readConfig, type Config } from '../config.ts';
import { withTimeout } from '../time/with-timeout.ts';
import { checklist, type ItemId } from './checklist.ts';
import { checkCheckout } from './checkout.ts';
import { checkConfiguration, type Found } from './configuration.ts';
import { checkDatabase } from './database.ts';
import { createItem, fail, unknown, whyNot, type Finding, type Item } from './finding.ts';
import { checkHttps, type HttpsOptions } from './https.ts';
import { checkProcess } from './process.ts';
import { checkRedis } from './redis.ts';
import { checkService } from './service.ts';
import { checkSuperset } from './superset.ts';

/** For each question, whatever limits it has of its own. */
const QUESTION_MS = 15_000;

export interface ExamineOptions extends HttpsOptions {
  environment: Record<string, string | undefined>;
  /** Public address; undefined: nobody asked for it to be looked at. */
  url: string | undefined;
  folder: string;
  uid: number | undefined;
  node: string;
  /** `engines.node` of package.json. */
  neededNode: string;
}

export async function examine(options: ExamineOptions): Promise<Item[]> {
  const { environment, now, folder, url } = options;
  const { config, faults } = readConfig(environment, now());
  const asProduction = { ...environment, APP_ENV: 'production' };
  const ofProduction = readConfig(asProduction, now()).faults;
  const production = environment['APP_ENV']?.trim() === 'production';
  const found = await Promise.all([
    Promise.resolve(checkConfiguration(config, faults, ofProduction)),
    ask('env-file', checkCheckout(folder, production)),
    Promise.resolve(checkProcess({ ...options, needed: options.neededNode, production })),
    ...(config === null ? [] : askAround(config, now)),
    url === undefined
      ? Promise.resolve(withoutUrl(config))
      : ask('https', checkHttps(url, options)),
  ]);
  const findings = new Map<ItemId, Finding[]>(checklist.map(([id]) => [id, []]));
  for (const [id, finding] of found.flat()) findings.get(id)?.push(finding);
  return checklist.map(([id, title]) => createItem(id, title, findings.get(id) ?? []));
}

function askAround(config: Config, now: () => Date): Promise<Found[]>[] {
  return [
    ask('database', checkDatabase(config, now)),
    ask('redis-password', checkRedis(config)),
    ask('health-checks', checkService(config)),
    ask('superset', checkSuperset(config)),
  ];
}

async function ask(id: ItemId, question: Promise<Found[]>): Promise<Found[]> {
  try {
    return await withTimeout(question, QUESTION_MS, () => new Error('no answer in time'));
  } catch (error) {
    return [
      [id, fail(`It could not be examined: ${whyNot(error)}.`, 'See whether it answers at all.')],
    ];
  }
}

function withoutUrl(config: Config | null): Found[] {
  const how = 'Run: npm run doctor -- --url https://… from where clients are.';
  const publicUrl = config?.api.publicUrl ?? null;
  const said = publicUrl?.startsWith('https:') === true ? 'PUBLIC_URL is https. ' : '';
  return [['https', unknown(`${said}What clients see was not looked at.`, how)]];
}
