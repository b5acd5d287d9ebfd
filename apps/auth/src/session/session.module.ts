import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SessionController } from './session.controller.ts';
import { SessionCleanup } from './session-cleanup.ts';
import { Session } from './session.entity.ts';
import { SessionService } from './session.service.ts';

@Module({
  imports: [TypeOrmModule.forFeature([Session])],
  controllers: [SessionController],
  providers: [SessionService, SessionCleanup],
  exports: [SessionService],
})
export class SessionModule {}
