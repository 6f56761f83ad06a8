import {
  AssessmentEntity,
  AssessmentLabelEntity,
  AssessmentPathScoreEntity,
} from './assessments/assessment.entity.ts';
import {
  AssessmentFingerprintEntity,
  AssessmentSketchEntity,
} from './assessments/similarity/sketch.entity.ts';
import { AppealEntity } from './appeals/appeal.entity.ts';
import {
  ApiKeyEntity,
  AuditEventEntity,
  RefreshTokenEntity,
  UserEntity,
} from './access/access.entity.ts';
import { IdempotencyKeyEntity } from '../http/idempotency.entity.ts';
import { AnalyticsSaltEntity } from '../storage/analytics/analytics-salt.entity.ts';
import { BackupRunEntity } from '../storage/backups/backup-run.entity.ts';
import { CacheErasureEntity } from '../resilience/cache/erasure.entity.ts';
import { CandidateEntity } from './candidates/candidate.entity.ts';
import { FileCandidateEntity, FileEntity, FileRemovalEntity } from './files/file.entity.ts';
import { AssessmentBatchEntity, AssessmentJobEntity } from './jobs/job.entity.ts';
import { MemoryNodeEntity } from './candidates/memory-node.entity.ts';
import { RubricEntity } from './rubrics/rubric.entity.ts';
import { CanaryScoreEntity } from './canary/canary.entity.ts';
import { TombstoneEntity } from './candidates/tombstone.entity.ts';
import { WebhookDeliveryEntity, WebhookEntity } from './webhooks/webhook.entity.ts';

/** Everything that MikroORM maps. A new entity comes with a migration. */
export const entities = [
  CandidateEntity,
  MemoryNodeEntity,
  AssessmentEntity,
  AssessmentPathScoreEntity,
  AssessmentLabelEntity,
  AssessmentSketchEntity,
  AssessmentFingerprintEntity,
  AppealEntity,
  RubricEntity,
  CanaryScoreEntity,
  IdempotencyKeyEntity,
  CacheErasureEntity,
  BackupRunEntity,
  AnalyticsSaltEntity,
  UserEntity,
  ApiKeyEntity,
  RefreshTokenEntity,
  AuditEventEntity,
  TombstoneEntity,
  FileEntity,
  FileCandidateEntity,
  FileRemovalEntity,
  AssessmentBatchEntity,
  AssessmentJobEntity,
  WebhookEntity,
  WebhookDeliveryEntity,
];
