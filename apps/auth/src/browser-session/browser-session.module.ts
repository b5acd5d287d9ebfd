import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { cleanup } from '../periodic/cleanup.ts';
import { BrowserSessionController } from './browser-session.controller.ts';
import { BrowserSession } from './browser-session.entity.ts';
import { BrowserSessionService } from './browser-session.service.ts';

const expired = cleanup({
  task: 'browser session cleanup',
  pauseS: 3_600,
  rows: [{ table: 'browser_session', where: 'expires_at <= now()' }],
});

@Module({
  imports: [TypeOrmModule.forFeature([BrowserSession])],
  controllers: [BrowserSessionController],
  providers: [BrowserSessionService, expired],
})
export class BrowserSessionModule {}
