import { Migration } from '@mikro-orm/migrations';

/**
 * What submissions to a challenge are recognised by. `challenge_key` and `hash` come first in the key, so that who
 * else has a fingerprint is read from one place, however many submissions there are. What was stored before has
 * no sketch: nothing that the database holds tells it.
 */
export class CreateSketches extends Migration {
  override up(): void {
    this.addSql(`
      create table assessment_sketches (
        id bigint generated always as identity primary key,
        assessment_id varchar(43) collate "C" not null
          constraint assessment_sketches_assessment_id_foreign references assessments on delete cascade
          constraint assessment_sketches_assessment_id_unique unique,
        candidate_id varchar(100) collate "C" not null,
        challenge varchar(100) collate "C" not null,
        level smallint not null,
        size smallint not null
      )`);
    this.addSql(
      'create index assessment_sketches_challenge_candidate_id_index on assessment_sketches (challenge, candidate_id)',
    );
    this.addSql(`
      create table assessment_fingerprints (
        challenge_key bigint not null,
        hash bigint not null,
        sketch_id bigint not null
          constraint assessment_fingerprints_sketch_id_foreign references assessment_sketches on delete cascade,
        primary key (challenge_key, hash, sketch_id)
      )`);
    this.addSql(
      'create index assessment_fingerprints_sketch_id_hash_index on assessment_fingerprints (sketch_id, hash)',
    );
  }

  override down(): void {
    this.addSql('drop table assessment_fingerprints');
    this.addSql('drop table assessment_sketches');
  }
}
