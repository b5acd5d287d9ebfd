import { type DynamicModule, Module } from '@nestjs/common';
import { cleanup } from '../periodic/cleanup.ts';
import { CLAIMS_GRACE_S, KeptClaims } from './kept-claims.ts';

/** CLAIMS_GRACE_S is an hour at most. */
const old = cleanup({
  task: 'kept claims cleanup',
  pauseS: 600,
  rows: [{ table: 'kept_claims', where: "read_at <= now() - interval '1 hour'" }],
});

@Module({})
export class KeptClaimsModule {
  /** @param graceS the setting `CLAIMS_GRACE_S` */
  static forRoot(graceS: number): DynamicModule {
    return {
      module: KeptClaimsModule,
      global: true,
      providers: [{ provide: CLAIMS_GRACE_S, useValue: graceS }, KeptClaims, old],
      exports: [KeptClaims],
    };
  }
}
