import { Injectable } from '@nestjs/common';
import type { Grant, Interaction } from 'oidc-provider';
import { AuthorizationServer } from '../provider/authorization-server.ts';
import { Grants } from '../provider/grants.ts';
import { OAuthAccounts } from '../provider/oauth-accounts.ts';
import type { Person } from './consent-page.ts';
import { interactionOver } from './refusal.ts';

/** The scopes that are not granted yet: OpenID Connect scopes, and scopes by resource. */
interface Missing {
  readonly missingOIDCScope?: readonly string[];
  readonly missingResourceScopes?: Readonly<Record<string, readonly string[]>>;
}

/** The users' consents, stored as grants. */
@Injectable()
export class Consents {
  constructor(
    readonly server: AuthorizationServer,
    readonly grants: Grants,
    readonly accounts: OAuthAccounts,
  ) {}

  /** The user who is asked for consent. @throws Refusal if the account was deleted or suspended meanwhile */
  async person({ session }: Interaction): Promise<Person> {
    const account = session && (await this.accounts.find(session.accountId));
    if (!account) throw interactionOver();
    const { name, email } = await account.claims('id_token', '', {}, []);
    return { name: String(name), email: String(email) };
  }

  /**
   * Grants the missing scopes. Extends the grant of this log-in and client if there is one; otherwise begins a grant and its session.
   *
   * @param device the browser's User-Agent header
   * @returns the grant's id
   */
  async give({ session, params, grantId, prompt }: Interaction, device: string): Promise<string> {
    const { provider } = this.server;
    if (!session) throw interactionOver();
    const { accountId, uid: loginUid } = session;
    const grant = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    if (grant) {
      fill(grant, prompt.details);
      return grant.save();
    }
    const begun = await this.grants.begin(provider, { accountId, clientId: String(params['client_id']), device, loginUid }, (fresh) => {
      fill(fresh, prompt.details);
    });
    return begun.jti;
  }
}

function fill(grant: Grant, { missingOIDCScope = [], missingResourceScopes = {} }: Missing): void {
  grant.addOIDCScope(missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(missingResourceScopes)) grant.addResourceScope(resource, scopes.join(' '));
}
