import { type DynamicModule, Module } from '@nestjs/common';
import { BrowserSessionModule } from '../browser-session/browser-session.module.ts';
import type { BrowserSessionOptions } from '../browser-session/options.ts';
import { PhantomTokenModule } from '../phantom-token/phantom-token.module.ts';
import { AuthenticationGuard } from './authentication.guard.ts';
import { BasicStrategy } from './basic.strategy.ts';
import { BearerStrategy } from './bearer.strategy.ts';
import { PersonalAccessTokenStrategy } from './personal-access-token.strategy.ts';
import { SessionStrategy } from './session.strategy.ts';

@Module({})
export class AuthenticationModule {
  static forRoot(options: BrowserSessionOptions): DynamicModule {
    return {
      module: AuthenticationModule,
      imports: [PhantomTokenModule, BrowserSessionModule.forRoot(options)],
      providers: [AuthenticationGuard, BasicStrategy, BearerStrategy, PersonalAccessTokenStrategy, SessionStrategy],
      exports: [AuthenticationGuard],
    };
  }
}
