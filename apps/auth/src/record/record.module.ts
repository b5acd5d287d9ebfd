import { Module } from '@nestjs/common';
import { cleanup } from '../periodic/cleanup.ts';
import { RecordStore } from './record-store.ts';

/** Keeps a record for an hour after it expired: until then the error can name the expiry. By then, no request has an ended log-in any more. */
const expired = cleanup({
  task: 'authorization server record cleanup',
  pauseS: 600,
  statements: [
    "DELETE FROM oauth_record WHERE expires_at <= now() - interval '1 hour'",
    "DELETE FROM oauth_record WHERE model = 'Session' AND uid IN (SELECT uid FROM ended_log_in)",
    // The setting REFRESH_RETRY_S is at most a minute.
    "UPDATE oauth_record SET answer = NULL WHERE answer IS NOT NULL AND consumed_at <= now() - interval '1 minute'",
    "DELETE FROM ended_log_in WHERE ended_at <= now() - interval '1 hour'",
  ],
});

/** The records of the authorization server. */
@Module({ providers: [RecordStore, expired], exports: [RecordStore] })
export class RecordModule {}
