import { type DynamicModule, Module } from '@nestjs/common';
import { DataExportModule } from '../data-export/data-export.module.ts';
import { SessionModule } from '../session/session.module.ts';
import { ApplicationsController } from './applications.controller.ts';
import { DeleteController } from './delete.controller.ts';
import { EmailController } from './email.controller.ts';
import { ExportController } from './export.controller.ts';
import { LogInsController } from './log-ins.controller.ts';
import { LogOutController } from './log-out.controller.ts';
import { Notices } from './notices.ts';
import { OverviewController } from './overview.controller.ts';
import { PasswordController } from './password.controller.ts';
import { SessionsController } from './sessions.controller.ts';
import { TokensController } from './tokens.controller.ts';
import { UnknownPageController } from './unknown-page.controller.ts';

/** The pages on which users manage their account, without scripts. */
@Module({})
export class AccountModule {
  /** @param browserSession the module of browser sessions */
  static forRoot(browserSession: DynamicModule): DynamicModule {
    return {
      module: AccountModule,
      imports: [browserSession, DataExportModule, SessionModule],
      controllers: [
        ApplicationsController,
        DeleteController,
        EmailController,
        ExportController,
        LogInsController,
        LogOutController,
        OverviewController,
        PasswordController,
        SessionsController,
        TokensController,
        UnknownPageController,
      ],
      providers: [Notices],
    };
  }
}
