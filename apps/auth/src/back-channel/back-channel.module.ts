import { type DynamicModule, Module } from '@nestjs/common';
import { LOG_OUT_ISSUER, LogOutNotices } from './log-out-notices.ts';

/** Back-channel log-out of clients. */
@Module({})
export class BackChannelModule {
  /** @param issuer the authorization server's issuer identifier */
  static forRoot(issuer: string): DynamicModule {
    return {
      module: BackChannelModule,
      global: true,
      providers: [{ provide: LOG_OUT_ISSUER, useValue: issuer }, LogOutNotices],
      exports: [LogOutNotices],
    };
  }
}
