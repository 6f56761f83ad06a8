/** Seconds: a daily backup that took its time. */
export const OLDEST_BACKUP_SECONDS = 26 * 3600;
/** Seconds: a restore that is verified each week. */
export const OLDEST_VERIFIED_SECONDS = 8 * 86_400;
