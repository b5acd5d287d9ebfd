import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { BrowserAccount } from '../outside-log-in/browser-account.ts';
import { LinkOwner } from './link-owner.ts';

@Module({ imports: [AccountModule], providers: [BrowserAccount, LinkOwner], exports: [LinkOwner] })
export class LinkOwnerModule {}
