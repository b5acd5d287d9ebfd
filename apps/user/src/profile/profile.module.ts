import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProfileController } from './profile.controller.ts';
import { Profile } from './profile.entity.ts';
import { RevocationOutbox } from './revocation.outbox.ts';
import { ProfileService } from './profile.service.ts';

@Module({
  imports: [TypeOrmModule.forFeature([Profile])],
  controllers: [ProfileController],
  providers: [ProfileService, RevocationOutbox],
})
export class ProfileModule {}
