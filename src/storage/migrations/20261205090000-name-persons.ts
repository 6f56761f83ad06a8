import { Migration } from '@mikro-orm/migrations';

/** Whoever something is stored of is a candidate: without a row nobody could be read out or erased. */
export class NamePersons extends Migration {
  override up(): void {
    this.addSql(`
      insert into candidates (id, initial_data, created_at)
      select candidate_id, '{}', min(created_at) from (
        select candidate_id, created_at from users union all
        select candidate_id, created_at from api_keys union all
        select candidate_id, created_at from assessment_jobs union all
        select c.candidate_id, f.created_at from file_candidates c join files f on f.id = c.file_id) named
      where candidate_id is not null group by candidate_id
      on conflict do nothing`);
  }

  /** They stay: nobody can tell them from the others. */
  override down(): void {}
}
