import { type DynamicModule, Module } from '@nestjs/common';
import { MAIL_SETTINGS, Mailer, type MailSettings } from './mailer.ts';

/** Sends mail. */
@Module({})
export class MailModule {
  static forRoot(settings: MailSettings): DynamicModule {
    return {
      module: MailModule,
      global: true,
      providers: [{ provide: MAIL_SETTINGS, useValue: settings }, Mailer],
      exports: [Mailer],
    };
  }
}
