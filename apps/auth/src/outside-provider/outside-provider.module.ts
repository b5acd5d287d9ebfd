import { type DynamicModule, Module } from '@nestjs/common';
import { PROVIDERS, type Providers } from './providers.ts';

/** Log-in with outside OpenID providers. */
@Module({})
export class OutsideProviderModule {
  static forRoot(providers: Providers): DynamicModule {
    return {
      module: OutsideProviderModule,
      global: true,
      providers: [{ provide: PROVIDERS, useValue: providers }],
      exports: [PROVIDERS],
    };
  }
}
