import { Migration } from '@mikro-orm/migrations';

/**
 * By what each assessment was scored, so that trends compare like with like: the major of the engine with the rubric,
 * and the share of each path in the overall score. And of a submission that was judged again, the assessment that
 * it was handed in with. All of it was stored in input and result before: it is read out of them once. The rubric
 * of then weighs all paths alike.
 */
export class CompareLikeWithLike extends Migration {
  override up(): void {
    this.addSql(`
      alter table assessments
        add column ruler varchar(40) collate "C",
        add column weights varchar(200) collate "C",
        add column origin varchar(43) collate "C"`);
    this.addSql(`
      update assessments set
        ruler = split_part(result ->> 'engine_version', '.', 1) || ' ' || (result ->> 'rubric_version'),
        weights = (
          select string_agg(path || '=' || round((10000 * weight / nullif(total, 0))::numeric), ' ' order by path)
          from (
            select path, weight, sum(weight) over () as total
            from (
              select path collate "C" as path,
                coalesce((input -> 'options' -> 'weights' ->> path)::float8, 1) as weight
              from json_array_elements_text(input -> 'paths_to_evaluate') as path) weighed) shares),
        origin = result ->> 'reassessment_of'`);
  }

  override down(): void {
    this.addSql(
      'alter table assessments drop column ruler, drop column weights, drop column origin',
    );
  }
}
