import { Migration } from '@mikro-orm/migrations';

/** Engine 5 moved scores, and with them the bounds of the letters of rubric 2026-12. */
export class MoveLetters extends Migration {
  override up(): void {
    this.addSql(letterScales([63, 60.9, 58.6, 55.5]));
  }

  override down(): void {
    this.addSql(letterScales([63, 61.3, 59.3, 56.8]));
  }
}

/** @param bounds of A, B, C and D */
function letterScales(bounds: readonly number[]): string {
  const values = bounds.map((bound) => `${bound}::float8`).join(', ');
  return `
    create or replace view analytics.letter_scales as
    with service (rubric_version, a, b, c, d, minimum_confidence) as (
      values ('2026-12', ${values}, 0.5::float8)
    )
    select rubric_version, null::text as challenge, a, b, c, d, minimum_confidence from service
    union all
    select r.version, r.challenge,
      coalesce((r.changes -> 'letters' ->> 'A')::float8, s.a),
      coalesce((r.changes -> 'letters' ->> 'B')::float8, s.b),
      coalesce((r.changes -> 'letters' ->> 'C')::float8, s.c),
      coalesce((r.changes -> 'letters' ->> 'D')::float8, s.d),
      coalesce((r.changes -> 'letters' ->> 'minimum_confidence')::float8, s.minimum_confidence)
    from rubrics r join service s on s.rubric_version = r.base`;
}
