import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.ts';
import { BrowserAccount } from '../outside-log-in/browser-account.ts';
import { LinkOwner } from './link-owner.ts';
import { OwnerPages } from './owner-pages.ts';

@Module({ imports: [AccountModule], providers: [BrowserAccount, LinkOwner, OwnerPages], exports: [OwnerPages] })
export class LinkOwnerModule {}
