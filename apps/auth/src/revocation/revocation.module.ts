import { type DynamicModule, Module } from '@nestjs/common';
import type { TokenRevocations } from '@reputable/auth';
import { cleanup } from '../periodic/cleanup.ts';
import { RevocationController } from './revocation.controller.ts';
import { REVOCATIONS, RevocationLog } from './revocation-log.ts';

/** A revocation expires when every token that it revokes has expired. */
const expired = cleanup({ task: 'revocation cleanup', pauseS: 60, statements: ['DELETE FROM revocation WHERE expires_at <= now()'] });

@Module({})
export class RevocationModule {
  /** @param revocations the revocations that this replica itself checks */
  static forRoot(revocations: TokenRevocations): DynamicModule {
    return {
      module: RevocationModule,
      controllers: [RevocationController],
      providers: [{ provide: REVOCATIONS, useValue: revocations }, RevocationLog, expired],
    };
  }
}
