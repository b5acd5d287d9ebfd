import { Module } from '@nestjs/common';
import { OutsideSessionModule } from '../outside-session/outside-session.module.ts';
import { cleanup } from '../periodic/cleanup.ts';
import { SessionModule } from '../session/session.module.ts';
import { BackChannelController } from './back-channel.controller.ts';
import { LoggedOutController } from './logged-out.controller.ts';
import { OutsideLogOuts } from './outside-log-outs.ts';

const expired = cleanup({
  task: 'used logout token cleanup',
  pauseS: 3_600,
  rows: [{ table: 'used_logout_token', where: "expires_at <= now() - interval '1 hour'" }],
});

/** Log-outs at outside providers, in both directions. */
@Module({
  imports: [OutsideSessionModule, SessionModule],
  controllers: [BackChannelController, LoggedOutController],
  providers: [OutsideLogOuts, expired],
})
export class OutsideLogOutModule {}
