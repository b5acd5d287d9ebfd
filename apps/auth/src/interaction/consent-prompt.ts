import { Injectable } from '@nestjs/common';
import { errors, type Interaction } from 'oidc-provider';
import type { EntityManager } from 'typeorm';
import { Consents } from '../consent/consents.ts';
import { type Answer, fill } from '../consent/decision.ts';
import { AuthorizationServer } from '../provider/authorization-server.ts';
import { Grants } from '../provider/grants.ts';
import { OAuthAccounts } from '../provider/oauth-accounts.ts';
import type { Person } from './consent-page.ts';
import { interactionOver } from './refusal.ts';

/** The page of the gateway that lists a user's consents. */
const CONSENTS_PATH = '/account/applications';

/** oidc-provider's prompt `consent`: asks the user, and turns the answer into a grant. */
@Injectable()
export class ConsentPrompt {
  constructor(
    readonly server: AuthorizationServer,
    readonly grants: Grants,
    readonly accounts: OAuthAccounts,
    readonly consents: Consents,
  ) {}

  /** The user who is asked for consent. @throws Refusal if the account was deleted or suspended meanwhile */
  async person({ session, params }: Interaction): Promise<Person> {
    const account = session && (await this.accounts.find(session.accountId));
    if (!account) throw interactionOver();
    const consent = await this.consents.find({ accountId: account.accountId, clientId: String(params['client_id']) });
    const { name, email } = await account.claims('id_token', '', {}, []);
    return {
      name: String(name),
      email: String(email),
      rejected: consent?.rejected ?? [],
      consentsUrl: new URL(CONSENTS_PATH, this.server.api).href,
    };
  }

  /**
   * Stores the user's answer. Changes the grant of this log-in and client if there is one; otherwise begins a grant and its session.
   *
   * @param device the browser's User-Agent header
   * @returns the grant's id
   */
  async answer(tx: EntityManager, { session, params, grantId }: Interaction, answer: Answer, device: string): Promise<string> {
    const { provider, api } = this.server;
    if (!session) throw interactionOver();
    const { accountId, uid: loginUid } = session;
    const clientId = String(params['client_id']);
    const decision = await this.consents.record(tx, { accountId, clientId }, answer);
    const grant = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    if (grant) {
      fill(grant, decision, api);
      return grant.save();
    }
    const begun = await this.grants
      .begin(provider, { accountId, clientId, device, loginUid }, (made) => {
        fill(made, decision, api);
      })
      .catch(overIfLoggedOut);
    return begun.jti;
  }
}

/** The log-in ended while the page was open. */
function overIfLoggedOut(error: unknown): never {
  throw error instanceof errors.LoginRequired ? interactionOver() : error;
}
