import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Account, isOfUser, type UserAccount } from '../account/account.entity.ts';
import { UserClaims } from '../account/user-claims.ts';
import type { HttpExchange } from '../interaction/interactions.ts';
import { AuthorizationServer } from '../provider/authorization-server.ts';

/** How long a log-in is recent, in seconds. */
const RECENT_S = 300;

/** The log-in of a browser. */
export interface BrowserLogIn {
  readonly account: UserAccount;
  /** The log-in at the authorization server. */
  readonly uid: string;
  /** Whether the user has logged in within the last five minutes. */
  readonly isRecent: boolean;
}

/** The account of a browser that is logged in at the authorization server. */
@Injectable()
export class BrowserAccount {
  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    readonly server: AuthorizationServer,
    readonly claims: UserClaims,
  ) {}

  /** @returns null if the browser is not logged in @throws DomainError USER_SUSPENDED */
  async of({ request, reply }: HttpExchange): Promise<BrowserLogIn | null> {
    const { provider } = this.server;
    const { accountId, uid, loginTs = 0 } = await provider.Session.get(provider.createContext(request.raw, reply.raw));
    if (accountId === undefined) return null;
    await this.claims.of(accountId);
    const account = await this.accounts.findOneBy({ id: accountId, state: 'active' });
    return isOfUser(account) ? { account, uid, isRecent: Date.now() / 1000 - loginTs < RECENT_S } : null;
  }
}
