import { type DynamicModule, Module } from '@nestjs/common';
import type { TokenRevocations } from '@reputable/auth';
import { cleanup } from '../periodic/cleanup.ts';
import { RevocationController } from './revocation.controller.ts';
import { REVOCATIONS, RevocationLog } from './revocation-log.ts';

/**
 * A revocation expires when every token that it revokes has expired. It is kept for an hour more: new tokens must have its number while a service
 * knows it, also if that service's clock is behind.
 */
const expired = cleanup({
  task: 'revocation cleanup',
  pauseS: 60,
  rows: [{ table: 'revocation', where: "expires_at <= now() - interval '1 hour'" }],
});

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
