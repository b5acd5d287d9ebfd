import { Injectable } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import type { AdapterPayload } from 'oidc-provider';
import { firstCharacters } from '@reputable/request';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { AuditFailures } from '../audit/audit-failures.ts';
import { isSecretOf, OAuthClients } from '../client/oauth-clients.ts';
import { Session } from '../session/session.entity.ts';
import { SessionService } from '../session/session.service.ts';
import { Throttle } from '../throttle/throttle.ts';
import { AccessTokens } from './access-tokens.ts';
import type { ExchangedToken } from './token-exchange.service.ts';
import { clientCredentialsInvalid } from './token.errors.ts';
import type { ExchangeClientCredentials } from './token.requests.ts';

/** The longest display name of a profile, in characters. */
const NAME_LENGTH = 50;

/**
 * Exchanges the credentials of API clients for JWTs. Such a client acts in its own name: its id is the id of its user, whose profile is created
 * at the first exchange. Only clients without users (`npm run clients -- add --machine`) have credentials for this.
 */
@Injectable()
export class ClientExchangeService {
  constructor(
    readonly clients: OAuthClients,
    readonly sessions: SessionService,
    readonly tokens: AccessTokens,
    readonly throttle: Throttle,
    readonly dataSource: DataSource,
    readonly failures: AuditFailures,
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
  ) {}

  /**
   * @param actor the service that requests the exchange
   * @throws DomainError CLIENT_CREDENTIALS_INVALID, TOO_MANY_ATTEMPTS, USER_SUSPENDED
   */
  async exchange(request: z.output<typeof ExchangeClientCredentials>, actor: string): Promise<ExchangedToken> {
    const { clientId, clientSecret, audience, address } = request;
    const at = await this.tokens.issuePoint();
    const client = await this.throttle.token.attempt({ subject: clientId, address }, () => this.#authenticate(clientId, clientSecret));
    const session = (await this.sessions.liveOf(clientId)) ?? (await this.#begin(clientId, client.client_name ?? clientId));
    await this.sessions.touch(session.id);
    const { api_scope: scopes } = client;
    const [scope, notAfter] = [typeof scopes === 'string' ? scopes : '', Math.floor(session.expiresAt.getTime() / 1000)];
    const signed = await this.tokens.mint({ at, userId: clientId, sessionId: session.id, clientId, scope, audience, actor, notAfter });
    return { ...signed, scope, subjectExpiresAt: session.expiresAt };
  }

  async #authenticate(id: string, secret: string): Promise<AdapterPayload> {
    const client = await this.clients.find(id);
    const isMachine = client?.grant_types?.includes('client_credentials');
    if (!isSecretOf(client?.client_secret, secret) || !client || !isMachine) {
      // An unknown id is the text of anybody.
      const reason = 'CLIENT_CREDENTIALS_INVALID';
      this.failures.note({ type: 'log_in', reason, clientId: client && id, details: { method: 'client_secret' } });
      throw clientCredentialsInvalid();
    }
    return client;
  }

  /** Creates the profile and the account if they do not exist, and begins a session. Concurrent calls begin one. */
  async #begin(clientId: string, name: string): Promise<Session> {
    await this.users.createProfile({ userId: clientId, displayName: firstCharacters(name, NAME_LENGTH) });
    return this.dataSource.transaction(async (tx) => {
      // The removal of the client ends the sessions that it finds.
      if (!(await this.clients.hold(tx, clientId))) throw clientCredentialsInvalid();
      await tx.query("INSERT INTO account (id, state) VALUES ($1, 'active') ON CONFLICT (id) DO NOTHING", [clientId]);
      await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [clientId]);
      const live = await this.sessions.liveOf(clientId, tx);
      if (live) return live;
      const id = await this.sessions.begin(tx, { accountId: clientId, clientId, device: '', loginUid: null });
      return tx.findOneByOrFail(Session, { id });
    });
  }
}
