import { type DynamicModule, Module } from '@nestjs/common';
import { AccessTokens, ISSUER } from './access-tokens.ts';

@Module({})
export class TokenModule {
  /** @param issuer the `iss` of the tokens */
  static forRoot(issuer: string): DynamicModule {
    return { module: TokenModule, global: true, providers: [{ provide: ISSUER, useValue: issuer }, AccessTokens], exports: [AccessTokens] };
  }
}
