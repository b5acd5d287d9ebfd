import { type DynamicModule, Module } from '@nestjs/common';
import type { Revocations } from '@reputable/auth';
import { RevocationCleanup } from './revocation-cleanup.ts';
import { RevocationController } from './revocation.controller.ts';
import { REVOCATIONS, RevocationLog } from './revocation-log.ts';

@Module({})
export class RevocationModule {
  /** @param revocations by which this replica itself refuses tokens */
  static forRoot(revocations: Revocations): DynamicModule {
    return {
      module: RevocationModule,
      controllers: [RevocationController],
      providers: [{ provide: REVOCATIONS, useValue: revocations }, RevocationLog, RevocationCleanup],
    };
  }
}
