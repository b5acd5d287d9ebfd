import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Client, InjectClient } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import type { Interaction, InteractionResults } from 'oidc-provider';
import { type EntityManager, Repository } from 'typeorm';
import { Account } from '../account/account.entity.ts';
import { AuthenticationService, confirmPassword } from '../account/authentication.service.ts';
import { audit } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/audit-event.ts';
import { AuditFailures } from '../audit/audit-failures.ts';
import { UserClaims } from '../account/user-claims.ts';
import { type HttpExchange, Interactions, logInEvent } from '../interaction/interactions.ts';
import { linkedElsewhere } from '../linked-log-in/linked-elsewhere.ts';
import { LinkedLogIns } from '../linked-log-in/linked-log-ins.ts';
import { type OutsideLogIn, OutsideLogIns, sessionOf } from '../outside-provider/outside-log-ins.ts';
import { GONE, over } from '../page/notice.ts';
import { Refusal } from '../page/refusal.ts';
import { Throttle } from '../throttle/throttle.ts';
import { wayBack } from './callback.controller.ts';
import { authTimeOf, isFresh, isFreshNeeded } from './fresh.ts';
import { changedMeanwhile, notFresh } from './outside-pages.ts';
import { OutsideRedirects } from './outside-redirects.ts';

/** A browser's waiting authorization request, and the log-in with a provider that answers it. */
export interface Answered {
  readonly exchange: HttpExchange;
  readonly interaction: Interaction;
  readonly logIn: OutsideLogIn;
}

const CREATE = `INSERT INTO account (id, email, email_verified_at, state) VALUES ($1, $2, now(), 'active') ON CONFLICT DO NOTHING RETURNING id`;

/**
 * Answers authorization requests by log-ins with outside providers. Each returns the URL to redirect the browser to. The log-in has no
 * `amr`: the registry of RFC 8176 has no value for another provider, and we did not see how the user authenticated there.
 */
@Injectable()
export class OutsideAnswers {
  constructor(
    @InjectRepository(Account) readonly accounts: Repository<Account>,
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
    readonly interactions: Interactions,
    readonly redirects: OutsideRedirects,
    readonly logIns: OutsideLogIns,
    readonly linked: LinkedLogIns,
    readonly authentication: AuthenticationService,
    readonly claims: UserClaims,
    readonly throttle: Throttle,
    readonly failures: AuditFailures,
  ) {}

  /** The account that the user is linked to. */
  accountOf({ identity }: OutsideLogIn): Promise<string | undefined> {
    return this.linked.accountOf(identity);
  }

  /** Whether an address has an account, whoever verified the address. */
  isTaken(email: string): Promise<boolean> {
    return this.accounts.existsBy({ email });
  }

  /** Logs in to the linked account. @throws DomainError USER_SUSPENDED; Refusal */
  async logIn(answered: Answered, accountId: string): Promise<string> {
    this.#expectFresh(answered);
    await this.#expectActive(answered, accountId);
    return this.#answer(answered, { accountId, ts: authTimeOf(answered.logIn) }, async (tx) => {
      // It was unlinked since.
      if (!(await this.linked.touch(tx, accountId, answered.logIn.identity))) throw new Refusal(GONE, over);
    });
  }

  /**
   * Creates an account without a password, links the user to it and logs in. The account has the id of the log-in, so that parallel calls
   * create one profile. A profile whose account was not created then has no user. The address must be verified: by the provider, or by a mail.
   *
   * @throws DomainError TOO_MANY_ATTEMPTS; Refusal
   */
  async createAccount(answered: Answered, displayName: string): Promise<string> {
    this.#expectFresh(answered);
    const { exchange, interaction, logIn } = answered;
    const { id, identity } = logIn;
    return this.throttle.registration.attempt({ address: exchange.request.ip }, async () => {
      await this.users.createProfile({ userId: id, displayName });
      return this.#answer(answered, { accountId: id, ts: authTimeOf(logIn) }, async (tx) => {
        const created = await tx.query<object[]>(CREATE, [id, identity.email]);
        await audit(tx, { type: 'account_created', actor: { type: 'user', id }, userId: id, details: { method: 'provider' } });
        const path = `/oidc/interaction/${interaction.uid}/outside/${id}`;
        const isLinked = created.length === 1 && (await this.linked.linkNew(tx, id, identity));
        if (!isLinked) throw new Refusal(409, changedMeanwhile({ href: path, text: 'Go on' }));
      });
    });
  }

  /**
   * Logs in to the account with the provider's address by its own password, and links the user to it.
   *
   * @throws DomainError CREDENTIALS_INVALID, TOO_MANY_ATTEMPTS, USER_SUSPENDED; Refusal
   */
  async linkByPassword(answered: Answered, password: string): Promise<string> {
    const { exchange, logIn } = answered;
    const { email, label } = { email: logIn.identity.email ?? '', label: this.redirects.provider(logIn.provider).label };
    const account = await this.authentication.authenticate({ email, password, address: exchange.request.ip });
    await this.#expectActive(answered, account.id);
    return this.#answer(answered, { accountId: account.id, amr: ['pwd'] }, async (tx) => {
      await confirmPassword(tx, account);
      if (!(await this.linked.link(tx, account.id, logIn.identity))) throw linkedElsewhere(label);
    });
  }

  /** Uses the log-in and answers the authorization request, in one transaction. */
  #answer(
    { exchange, interaction, logIn }: Answered,
    login: NonNullable<InteractionResults['login']>,
    work: (tx: EntityManager) => Promise<void>,
  ): Promise<string> {
    return this.interactions.answer(exchange, interaction, async (tx) => {
      if (!(await this.logIns.use(tx, logIn.id, { interaction: interaction.uid }))) throw new Refusal(GONE, over);
      await work(tx);
      await audit(tx, eventOf(interaction, login, logIn));
      return { login, outside: sessionOf(logIn) };
    });
  }

  /** @throws DomainError USER_SUSPENDED */
  async #expectActive({ interaction, logIn }: Answered, accountId: string): Promise<void> {
    await this.failures.watch(eventOf(interaction, { accountId }, logIn), () => this.claims.of(accountId));
  }

  /** @throws Refusal */
  #expectFresh({ interaction, logIn }: Answered): void {
    if (!isFreshNeeded(interaction) || isFresh(logIn)) return;
    const { label } = this.redirects.provider(logIn.provider);
    throw new Refusal(403, notFresh(label, wayBack(logIn.provider, interaction.uid)));
  }
}

/** The audit event of a log-in with a provider, or with the password of an account that is linked by it. */
function eventOf(
  interaction: Interaction,
  { accountId, amr }: { accountId: string; amr?: string[] | undefined },
  { provider }: OutsideLogIn,
): AuditEvent {
  const event = logInEvent(interaction, accountId, amr ? 'password' : 'provider');
  return { ...event, details: { ...event.details, provider } };
}
