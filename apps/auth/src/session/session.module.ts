import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RefreshService } from './refresh.service.ts';
import { RefreshToken } from './refresh-token.entity.ts';
import { SessionCleanup } from './session-cleanup.ts';
import { SessionController } from './session.controller.ts';
import { Session } from './session.entity.ts';
import { SessionService } from './session.service.ts';

@Module({
  imports: [TypeOrmModule.forFeature([Session, RefreshToken])],
  controllers: [SessionController],
  providers: [SessionService, RefreshService, SessionCleanup],
  exports: [SessionService],
})
export class SessionModule {}
