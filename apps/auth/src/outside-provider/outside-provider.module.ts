import { type DynamicModule, Module } from '@nestjs/common';
import { cleanup } from '../periodic/cleanup.ts';
import { Periodic } from '../periodic/periodic.ts';
import { OutsideLogIns } from './outside-log-ins.ts';
import { OutsideProviders } from './outside-providers.ts';
import { PROVIDERS, type Providers } from './providers.ts';

/** The pause between two tries to read the metadata of providers that were down, in milliseconds. */
const DISCOVERY_PAUSE_MS = 15_000;

const discovery = {
  provide: Symbol('provider discovery'),
  useFactory: (providers: OutsideProviders) => new Periodic('provider discovery', DISCOVERY_PAUSE_MS, () => providers.discoverAll()),
  inject: [OutsideProviders],
};

const expired = cleanup({
  task: 'outside log-in cleanup',
  pauseS: 3_600,
  rows: [{ table: 'outside_log_in', where: 'expires_at <= now()' }],
});

/** Log-in with outside OpenID providers. */
@Module({})
export class OutsideProviderModule {
  static forRoot(providers: Providers): DynamicModule {
    return {
      module: OutsideProviderModule,
      global: true,
      providers: [{ provide: PROVIDERS, useValue: providers }, OutsideProviders, OutsideLogIns, discovery, expired],
      exports: [PROVIDERS, OutsideProviders, OutsideLogIns],
    };
  }
}
