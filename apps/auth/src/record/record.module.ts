import { Module } from '@nestjs/common';
import { cleanup } from '../periodic/cleanup.ts';
import { RecordStore } from './record-store.ts';

/** Keeps a record for an hour after it expired: until then the error can name the expiry. By then, no request has an ended log-in any more. */
const expired = cleanup({
  task: 'authorization server record cleanup',
  pauseS: 600,
  rows: [
    { table: 'oauth_record', where: "expires_at <= now() - interval '1 hour'" },
    { table: 'oauth_record', where: "model = 'Session' AND uid IN (SELECT uid FROM ended_log_in)" },
    // The setting REFRESH_RETRY_S is at most a minute.
    { table: 'oauth_record', where: "answer IS NOT NULL AND consumed_at <= now() - interval '1 minute'", set: 'answer = NULL' },
    { table: 'ended_log_in', where: "ended_at <= now() - interval '1 hour'" },
  ],
});

/** The records of the authorization server. */
@Module({ providers: [RecordStore, expired], exports: [RecordStore] })
export class RecordModule {}
