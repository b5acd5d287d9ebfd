import { type DynamicModule, Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { cleanup } from '../periodic/cleanup.ts';
import { LinkComposer, PUBLIC_URL } from './link-composer.ts';
import { LinkOutbox } from './link-outbox.ts';
import { OneTimeLinks } from './one-time-links.ts';
import { RegistrationLinks } from './registration-links.ts';

const expired = cleanup({
  task: 'one-time link cleanup',
  pauseS: 600,
  rows: [
    { table: 'one_time_link', where: 'expires_at <= now()' },
    { table: 'registration', where: 'expires_at <= now()' },
  ],
});

/** One-time links, sent by mail. */
@Module({})
export class OneTimeLinkModule {
  /** @param publicUrl the service's public URL, which the links begin with */
  static forRoot(publicUrl: string): DynamicModule {
    return {
      module: OneTimeLinkModule,
      global: true,
      imports: [AccountModule],
      providers: [{ provide: PUBLIC_URL, useValue: publicUrl }, OneTimeLinks, RegistrationLinks, LinkComposer, LinkOutbox, expired],
      exports: [OneTimeLinks, RegistrationLinks, LinkOutbox],
    };
  }
}
