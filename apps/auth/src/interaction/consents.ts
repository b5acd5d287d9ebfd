import { Injectable } from '@nestjs/common';
import type { Grant, Interaction } from 'oidc-provider';
import { CLIENT_RULES } from '../client/client-rules.ts';
import { AuthorizationServer } from '../provider/authorization-server.ts';
import { Grants } from '../provider/grants.ts';
import { OAuthAccounts } from '../provider/oauth-accounts.ts';
import type { Person } from './consent-page.ts';
import { interactionOver } from './refusal.ts';

/** The user's answer to the consent page. */
export interface Choice {
  /** The scopes that the application requested. */
  readonly requested: readonly string[];
  /** The scopes among them that the user allows. */
  readonly allowed: ReadonlySet<string>;
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
   * Grants the allowed scopes and rejects the others: the application gets tokens without them, and is not asked again. Changes the grant of
   * this log-in and client if there is one; otherwise begins a grant and its session.
   *
   * @param device the browser's User-Agent header
   * @returns the grant's id
   */
  async give({ session, params, grantId }: Interaction, choice: Choice, device: string): Promise<string> {
    const { provider } = this.server;
    if (!session) throw interactionOver();
    const { accountId, uid: loginUid } = session;
    const fill = (grant: Grant) => {
      decide(grant, choice, this.server.api);
    };
    const grant = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    if (grant) {
      fill(grant);
      return grant.save();
    }
    const begun = await this.grants.begin(provider, { accountId, clientId: String(params['client_id']), device, loginUid }, fill);
    return begun.jti;
  }
}

/** Writes the user's choice into a grant. A grant keeps its other scopes. */
function decide(grant: Grant, { requested, allowed }: Choice, api: string): void {
  const isOidc = (scope: string) => CLIENT_RULES.scopes.includes(scope);
  const [oidc, resource] = [requested.filter(isOidc), requested.filter((scope) => !isOidc(scope))];
  const rejected = (before: string, scopes: readonly string[]) =>
    [...new Set([...before.split(' '), ...scopes])].filter((scope) => scope !== '' && !allowed.has(scope)).join(' ');
  // A scope that a grant rejects stays rejected even when it is added, so the new rejections replace the old ones.
  const rejections = {
    openid: { scope: rejected(grant.getRejectedOIDCScope(), oidc) },
    resources: { [api]: rejected(grant.getRejectedResourceScope(api), resource) },
  };
  grant.addOIDCScope(oidc.filter((scope) => allowed.has(scope)));
  grant.addResourceScope(
    api,
    resource.filter((scope) => allowed.has(scope)),
  );
  grant.rejected = rejections;
}
