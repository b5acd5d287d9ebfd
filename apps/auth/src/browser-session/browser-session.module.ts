import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BrowserSessionCleanup } from './browser-session-cleanup.ts';
import { BrowserSessionController } from './browser-session.controller.ts';
import { BrowserSession } from './browser-session.entity.ts';
import { BrowserSessionService } from './browser-session.service.ts';

@Module({
  imports: [TypeOrmModule.forFeature([BrowserSession])],
  controllers: [BrowserSessionController],
  providers: [BrowserSessionService, BrowserSessionCleanup],
})
export class BrowserSessionModule {}
