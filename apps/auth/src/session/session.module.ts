import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { cleanup } from '../periodic/cleanup.ts';
import { OutsideSessionModule } from '../outside-session/outside-session.module.ts';
import { SessionController } from './session.controller.ts';
import { Session } from './session.entity.ts';
import { SessionService } from './session.service.ts';

/**
 * A session's refresh tokens expire with it, so a second use is detected as long as the session is kept. An ended session of another issuer is
 * kept for a year more, because that issuer can go on to issue tokens for it.
 */
const expired = cleanup({
  task: 'session cleanup',
  pauseS: 3_600,
  rows: [
    {
      table: 'session',
      where: `expires_at <= now() AND (ended_at IS NULL OR expires_at <= now() - interval '1 year'
        OR NOT EXISTS (SELECT FROM issuer_session WHERE session_id = session.id))`,
    },
  ],
});

@Module({
  imports: [TypeOrmModule.forFeature([Session]), OutsideSessionModule],
  controllers: [SessionController],
  providers: [SessionService, expired],
  exports: [SessionService],
})
export class SessionModule {}
