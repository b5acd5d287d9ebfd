import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { cleanup } from '../periodic/cleanup.ts';
import { OutsideSessionModule } from '../outside-session/outside-session.module.ts';
import { SessionController } from './session.controller.ts';
import { Session } from './session.entity.ts';
import { SessionService } from './session.service.ts';

/** A session's refresh tokens expire with it, so a second use is detected as long as the session is kept. */
const expired = cleanup({ task: 'session cleanup', pauseS: 3_600, statements: ['DELETE FROM session WHERE expires_at <= now()'] });

@Module({
  imports: [TypeOrmModule.forFeature([Session]), OutsideSessionModule],
  controllers: [SessionController],
  providers: [SessionService, expired],
  exports: [SessionService],
})
export class SessionModule {}
