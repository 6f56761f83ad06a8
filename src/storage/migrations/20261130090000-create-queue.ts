import { Migration } from '@mikro-orm/migrations';
import { getConstructionPlans } from 'pg-boss';
import { QUEUE_SCHEMA } from '../queue/schema.ts';

/**
 * What pg-boss keeps its jobs in, in a schema of its own. An update of pg-boss that changes it comes with a
 * migration of its own, made of `getMigrationPlans` and nothing on a database that was made by the new version.
 */
export class CreateQueue extends Migration {
  override up(): void {
    // The migrator's transaction is the one that counts.
    this.addSql(
      getConstructionPlans(QUEUE_SCHEMA)
        .replace(/^\s*BEGIN;/, '')
        .replace(/COMMIT;\s*$/, ''),
    );
  }

  override down(): void {
    this.addSql(`drop schema ${QUEUE_SCHEMA} cascade`);
  }
}
