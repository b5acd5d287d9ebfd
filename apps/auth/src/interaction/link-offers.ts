import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { linkedElsewhere } from '../linked-log-in/linked-elsewhere.ts';
import { LinkedLogIns } from '../linked-log-in/linked-log-ins.ts';
import { OutsideLogIns, sessionOf } from '../outside-provider/outside-log-ins.ts';
import type { OutsideSession } from '../outside-provider/outside-session.ts';
import { OutsideProviders } from '../outside-provider/outside-providers.ts';
import { GONE, over } from '../page/notice.ts';
import { Refusal } from '../page/refusal.ts';
import type { Offer } from './log-in-page.ts';

/** Offers to link a provider to an account whose user logs in by mail, after the provider stated the account's address. */
@Injectable()
export class LinkOffers {
  constructor(
    readonly providers: OutsideProviders,
    readonly logIns: OutsideLogIns,
    readonly linked: LinkedLogIns,
  ) {}

  /** The offer for this address in this interaction. Its id is that of the log-in with the provider. */
  async offer(interaction: string, email: string): Promise<Offer | undefined> {
    const logIn = await this.logIns.findByEmail(interaction, email);
    const label = logIn && this.providers.find(logIn.provider)?.label;
    return logIn && label !== undefined ? { id: logIn.id, label } : undefined;
  }

  /** Links the provider, in the transaction that logs in. Returns the session there. @throws Refusal */
  async accept(
    tx: EntityManager,
    id: string,
    { interaction, accountId }: Record<'interaction' | 'accountId', string>,
  ): Promise<OutsideSession> {
    const logIn = await this.logIns.find(id, { interaction });
    if (!logIn || !(await this.logIns.use(tx, id, { interaction }))) throw new Refusal(GONE, over);
    const label = this.providers.find(logIn.provider)?.label ?? logIn.identity.issuer;
    if (!(await this.linked.link(tx, accountId, logIn.identity))) throw linkedElsewhere(label);
    return sessionOf(logIn);
  }
}
