import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditOutbox } from './audit.outbox.ts';
import { ProfileController } from './profile.controller.ts';
import { Profile } from './profile.entity.ts';
import { RevocationOutbox } from './revocation.outbox.ts';
import { ProfileService } from './profile.service.ts';

@Module({
  imports: [TypeOrmModule.forFeature([Profile])],
  controllers: [ProfileController],
  providers: [ProfileService, RevocationOutbox, AuditOutbox],
})
export class ProfileModule {}
