import { Module } from '@nestjs/common';
import { cleanup } from '../periodic/cleanup.ts';
import { OutsideSessions } from './outside-sessions.ts';

const over = cleanup({
  task: 'outside session cleanup',
  pauseS: 3_600,
  rows: [
    {
      table: 'outside_session',
      where: `begun_at < now() - interval '1 hour'
        AND NOT EXISTS (SELECT FROM oauth_record WHERE model = 'Session' AND uid = outside_session.login_uid)
        AND NOT EXISTS (SELECT FROM session WHERE login_uid = outside_session.login_uid AND ended_at IS NULL)`,
    },
  ],
});

/** The sessions at outside providers. */
@Module({ providers: [OutsideSessions, over], exports: [OutsideSessions] })
export class OutsideSessionModule {}
