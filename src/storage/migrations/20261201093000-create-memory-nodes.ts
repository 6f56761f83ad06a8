import { Migration } from '@mikro-orm/migrations';

/** What is remembered of a candidate: notes in a tree of at most five levels. */
export class CreateMemoryNodes extends Migration {
  override up(): void {
    this.addSql(`
      create table memory_nodes (
        id varchar(41) collate "C" primary key,
        candidate_id varchar(100) collate "C" not null
          constraint memory_nodes_candidate_id_foreign references candidates on delete cascade,
        parent_id varchar(41) collate "C"
          constraint memory_nodes_parent_id_foreign references memory_nodes on delete cascade,
        depth smallint not null constraint memory_nodes_depth_check check (depth >= 1 and depth <= 5),
        name varchar(200) not null,
        content json not null,
        created_at timestamptz(3) not null,
        updated_at timestamptz(3) not null
      )`);
    this.addSql(
      'create index memory_nodes_candidate_id_id_index on memory_nodes (candidate_id, id)',
    );
    this.addSql('create index memory_nodes_parent_id_id_index on memory_nodes (parent_id, id)');
  }

  override down(): void {
    this.addSql('drop table memory_nodes');
  }
}
