import type { Database } from './database.ts';

/** Whether the schema is new enough to have it. */
export async function hasTable(em: ReturnType<Database['em']>, name: string): Promise<boolean> {
  const [row] = await em.execute<{ there: boolean }[]>(
    'select to_regclass(?) is not null as there',
    [name],
  );
  return row?.there === true;
}
