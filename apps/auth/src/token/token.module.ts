import { type DynamicModule, Module } from '@nestjs/common';
import { SessionModule } from '../session/session.module.ts';
import { AccessTokens, ISSUER } from './access-tokens.ts';
import { ExchangeService } from './exchange.service.ts';
import { TokenController } from './token.controller.ts';

@Module({})
export class TokenModule {
  /** @param issuer the `iss` of the tokens that services see */
  static forRoot(issuer: string): DynamicModule {
    return {
      module: TokenModule,
      imports: [SessionModule],
      controllers: [TokenController],
      providers: [{ provide: ISSUER, useValue: issuer }, AccessTokens, ExchangeService],
    };
  }
}
