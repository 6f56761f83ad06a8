import { Migration } from '@mikro-orm/migrations';

/** A name for a person or an assessment that tells neither: who tries ids needs the salt, which nobody else reads. */
const pseudonym = (id: string) =>
  `left(encode(sha256(convert_to((select salt from analytics_salt) || ${id}, 'UTF8')), 'hex'), 16)`;

const day = (time: string) => `(${time} at time zone 'UTC')::date`;

const ofAssessment = `
  ${pseudonym('a.id')} as assessment,
  ${pseudonym('a.candidate_id')} as candidate,
  ${day('a.created_at')} as day,
  a.challenge::text as challenge,
  split_part(a.ruler, ' ', 2) as rubric_version`;

/**
 * What Superset reads, as a user who reads nothing else: no id, no name, no text that somebody wrote, no time but the
 * day. Views run with the rights of their owner. Rows of who is erased are gone with the rows behind them.
 */
export class CreateAnalytics extends Migration {
  override up(): void {
    // Of a result: to read it out of the document of each would take minutes.
    this.addSql('alter table assessments add column confidence double precision');
    this.addSql(`update assessments set confidence = (result ->> 'confidence')::float8`);
    this.addSql('create table analytics_salt (salt char(64) primary key)');
    this.addSql(`
      insert into analytics_salt values
        (encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'hex'))`);
    this.addSql('create schema analytics');
    // A rubric of the service is data of a version of it: a new one comes with a migration that replaces this view.
    this.addSql(`
      create view analytics.letter_scales as
      with service (rubric_version, a, b, c, d, minimum_confidence) as (
        values ('2026-12', 63::float8, 61.3::float8, 59.3::float8, 56.8::float8, 0.5::float8)
      )
      select rubric_version, null::text as challenge, a, b, c, d, minimum_confidence from service
      union all
      select r.version, r.challenge,
        coalesce((r.changes -> 'letters' ->> 'A')::float8, s.a),
        coalesce((r.changes -> 'letters' ->> 'B')::float8, s.b),
        coalesce((r.changes -> 'letters' ->> 'C')::float8, s.c),
        coalesce((r.changes -> 'letters' ->> 'D')::float8, s.d),
        coalesce((r.changes -> 'letters' ->> 'minimum_confidence')::float8, s.minimum_confidence)
      from rubrics r join service s on s.rubric_version = r.base`);
    // The letter as `letterOf` gives it; what it asks of the paths is only read where it is asked for.
    this.addSql(`
      create view analytics.assessments as
      select ${ofAssessment},
        a.submission_type::text as submission_type,
        split_part(a.ruler, ' ', 1) as engine_major,
        a.origin is not null as judged_again,
        a.overall_score,
        coalesce(a.confidence, (a.result ->> 'confidence')::float8) as confidence,
        case
          when a.overall_score is null or s.rubric_version is null then null
          when coalesce(a.confidence, (a.result ->> 'confidence')::float8) < s.minimum_confidence then null
          when (select count(p.score) < least(3, count(*)) from assessment_path_scores p where p.assessment_id = a.id)
            then null
          when floor(a.overall_score * 10 + 0.5) / 10 >= s.a then 'A'
          when floor(a.overall_score * 10 + 0.5) / 10 >= s.b then 'B'
          when floor(a.overall_score * 10 + 0.5) / 10 >= s.c then 'C'
          when floor(a.overall_score * 10 + 0.5) / 10 >= s.d then 'D'
          else 'F'
        end as letter
      from assessments a
      left join analytics.letter_scales s on s.rubric_version = split_part(a.ruler, ' ', 2)`);
    this.addSql(`
      create view analytics.path_scores as
      select ${ofAssessment}, p.path::text as path, p.score, p.confidence
      from assessment_path_scores p join assessments a on a.id = p.assessment_id`);
    this.addSql(`
      create view analytics.criteria as
      select ${ofAssessment},
        path.value ->> 'path' as path,
        metric.value ->> 'name' as criterion,
        (metric.value ->> 'score')::float8 as score,
        (metric.value ->> 'confidence')::float8 as confidence,
        found.evidence, found.evidence_for, found.evidence_against
      from assessments a
      cross join lateral json_array_elements(a.result -> 'path_scores') as path
      cross join lateral json_array_elements(path.value -> 'metrics') as metric
      cross join lateral (
        select count(*) as evidence,
          count(*) filter (where (item.value ->> 'points')::float8 > 0) as evidence_for,
          count(*) filter (where (item.value ->> 'points')::float8 < 0) as evidence_against
        from json_array_elements(metric.value -> 'evidence') as item
      ) as found`);
    this.addSql(`
      create view analytics.appeals as
      select ${pseudonym('p.id')} as appeal, ${ofAssessment.replace('as day', 'as assessed_on')},
        p.status::text as status,
        ${day('p.filed_at')} as day,
        ${day('p.decided_at')} as decided_on
      from assessment_appeals p join assessments a on a.id = p.assessment_id`);
    this.addSql(`
      create view analytics.jobs_per_day as
      select ${day('created_at')} as day, queue::text as queue, status::text as status,
        count(*) as jobs,
        sum(attempts) as attempts,
        coalesce(sum(extract(epoch from started_at - created_at)), 0)::float8 as wait_seconds,
        coalesce(sum(extract(epoch from finished_at - started_at)), 0)::float8 as run_seconds
      from assessment_jobs group by 1, 2, 3`);
  }

  override down(): void {
    this.addSql('drop schema analytics cascade');
    this.addSql('drop table analytics_salt');
    this.addSql('alter table assessments drop column confidence');
  }
}
