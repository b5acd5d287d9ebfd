import { Inject, Injectable } from '@nestjs/common';
import { type Client, type Grant, type KoaContextWithOIDC, Provider, type TokenEndpointGrantContext } from 'oidc-provider';
import { hkdfSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EntityManager } from 'typeorm';
import { AuditFailures } from '../audit/audit-failures.ts';
import { KeyRing } from '../key/key-ring.ts';
import { DEVICE_LENGTH } from '../session/device.field.ts';
import { API, ALL_API_SCOPES } from '../client/api-resource.ts';
import { answerFailures } from './failures.ts';
import { Consents } from '../consent/consents.ts';
import { covers, type Decision, fill } from '../consent/decision.ts';
import { endLogIns } from './end-log-ins.ts';
import { Grants } from './grants.ts';
import { OAuthAccounts } from './oauth-accounts.ts';
import { type Requested, requestedScopes } from '../client/requested-scopes.ts';
import { isOurs, isSecretOf, OAuthClients } from '../client/oauth-clients.ts';
import { workloadClients } from '../client/workload-clients.ts';
import { logOutOutside } from './outside-log-out.ts';
import type { OutsideSession } from '../outside-provider/outside-session.ts';
import { OutsideSessions } from '../outside-session/outside-sessions.ts';
import { logoutPages, renderError } from './provider-pages.ts';
import { type ProviderDependencies, providerConfiguration } from './provider-configuration.ts';
import { PublishedKey } from './published-key.ts';
import { RecordAdapter } from './record-adapter.ts';
import { RecordStore } from '../record/record-store.ts';
import { RefreshAnswers } from './refresh-answers.ts';
import { retryRefreshes } from './refresh-retries.ts';
import { recordRefusedClients } from './refused-clients.ts';
import { limitTokens } from './token-limit.ts';
import { Throttle } from '../throttle/throttle.ts';
import { Workloads } from './workloads.ts';

/** The path of the authorization server. */
export const MOUNT = '/oidc';

/** The injection token of {@link ServerSettings}. */
export const SERVER_SETTINGS = Symbol('ServerSettings');

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The settings of the authorization server. */
export interface ServerSettings {
  /** The issuer identifier (RFC 8414 §2): the service's public URL with the path {@link MOUNT}. */
  readonly issuer: string;
  /** The service's master key. The cookie key is derived from it. */
  readonly encryptionKey: Uint8Array;
  /** Whether services reach the token endpoint over TLS, and so can authenticate there by their certificates. */
  readonly servesWorkloads: boolean;
}

/** A grant type beside those of oidc-provider (RFC 6749 §4.5). */
export interface GrantType {
  readonly name: string;
  /** The parameters of its requests. Others are ignored. */
  readonly parameters: readonly string[];
  /** Sets the body of the response. Errors of oidc-provider reach the client. */
  readonly answer: (ctx: TokenEndpointGrantContext) => Promise<void>;
}

/**
 * The authorization server: oidc-provider with our keys, accounts and sessions. A provider cannot change its keys, so a new provider
 * replaces it when they change. All other state is in the database.
 */
@Injectable()
export class AuthorizationServer {
  readonly #grantTypes: GrantType[] = [];
  #provider: Provider;
  #handle: Handler;

  constructor(
    @Inject(SERVER_SETTINGS) readonly settings: ServerSettings,
    @Inject(API) readonly api: string,
    readonly keys: KeyRing,
    readonly records: RecordStore,
    readonly clients: OAuthClients,
    readonly grants: Grants,
    readonly consents: Consents,
    readonly accounts: OAuthAccounts,
    readonly outside: OutsideSessions,
    readonly throttle: Throttle,
    readonly answers: RefreshAnswers,
    readonly failures: AuditFailures,
    readonly workloads: Workloads,
  ) {
    this.#provider = this.#make();
    this.#handle = this.#provider.callback();
    keys.onChange(() => {
      this.#provider = this.#make();
      this.#handle = this.#provider.callback();
    });
  }

  /** The current provider. Do not keep it: a change of the keys replaces it. */
  get provider(): Provider {
    return this.#provider;
  }

  /** The scheme that browsers use, also behind a proxy that ends TLS. */
  get scheme(): 'http' | 'https' {
    return this.settings.issuer.startsWith('https:') ? 'https' : 'http';
  }

  /** Adds a grant type. Clients need it among their `grant_types`. */
  register(grantType: GrantType): void {
    this.#grantTypes.push(grantType);
    add(this.#provider, grantType);
  }

  /** Handles a request whose URL is relative to {@link MOUNT}. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.#handle(request, response);
  }

  #make(): Provider {
    const { issuer, encryptionKey, servesWorkloads } = this.settings;
    const derived = (purpose: string) => new Uint8Array(hkdfSync('sha256', encryptionKey, '', purpose, 32));
    const dependencies: ProviderDependencies = {
      api: this.api,
      adapter: (model) => new RecordAdapter(model, this.records, this.clients, this.grants, this.answers),
      jwks: { keys: this.#keys() },
      cookieKeys: [derived('cookies of the authorization server')],
      proofSecret: derived('nonces of DPoP proofs'),
      secure: this.scheme === 'https',
      ...(servesWorkloads && { clients: workloadClients(this.workloads.trustDomain), mTLS: this.workloads.clientAuthentication }),
      findAccount: (_ctx, accountId) => this.accounts.find(accountId),
      loadExistingGrant: (ctx) => this.#grantOf(ctx),
      interactionPath: (uid) => `${new URL(issuer).pathname}/interaction/${uid}`,
      logoutPages,
      renderError,
    };
    const provider = new Provider(issuer, providerConfiguration(dependencies));
    for (const grantType of this.#grantTypes) add(provider, grantType);
    // AuthorizationServerMount sets the X-Forwarded headers, so they are trusted.
    provider.proxy = true;
    // oidc-provider derives its URLs from the request. Services and browsers use different addresses, and a client may send any Host header.
    // So every request gets the issuer's origin.
    provider.use((ctx, next) => {
      ctx.request.originalUrl = new URL(issuer).origin + ctx.request.originalUrl;
      return next();
    });
    answerFailures(provider);
    recordRefusedClients(provider, this.failures);
    limitTokens(provider, this.throttle.token, (request) => this.workloads.isClient(request));
    retryRefreshes(provider, this.records, this.answers);
    logOutOutside(provider, this.outside, `${issuer}/auth/`);
    // Runs before it.
    endLogIns(provider, this.grants);
    // LogOutNotices tells clients, whatever ends their sessions.
    provider.Client.prototype.backchannelLogout = () => Promise.resolve();
    provider.Client.prototype.compareClientSecret = function (actual) {
      return Promise.resolve(isSecretOf(this.clientSecret, actual));
    };
    return provider;
  }

  /** The published keys. The current one comes first: oidc-provider signs with the first key that can. */
  #keys(): PublishedKey[] {
    const { signer, jwks } = this.keys;
    const keys = jwks.keys.map((jwk) => new PublishedKey(jwk, signer));
    return keys.sort((a, b) => Number(b.kid === signer.kid) - Number(a.kid === signer.kid));
  }

  /** The client's grant in this log-in. Begins one if the user need not be asked. */
  async #grantOf(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
    const { oidc } = ctx;
    const { client, session, result, provider } = oidc;
    if (!client || !session?.accountId) return undefined;
    if (result?.['outside']) await this.outside.begun(session.uid, result['outside'] as OutsideSession);
    const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
    const grant = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    if (grant) session.sidFor(client.clientId, grant.jti);
    if (grant || oidc.promptPending('login') || oidc.promptPending('consent')) return grant;
    const { accountId, uid: loginUid } = session;
    const requested = { scopes: oidc.requestParamScopes, claims: oidc.requestParamClaims };
    const device = ctx.get('user-agent').slice(0, DEVICE_LENGTH);
    const begun = await this.records.transaction(async (tx) => {
      const decision = await this.#decisionOf(tx, client, accountId, requested);
      if (!decision) return undefined;
      return this.grants.begin(provider, { accountId, clientId: client.clientId, device, loginUid }, (made) => {
        fill(made, decision, this.api);
      });
    });
    if (begun) session.sidFor(client.clientId, begun.jti);
    return begun;
  }

  /** What the user has decided about these scopes; undefined to ask. Our own clients get all their scopes without consent. */
  async #decisionOf(tx: EntityManager, client: Client, accountId: string, requested: Requested): Promise<Decision | undefined> {
    const { clientId } = client;
    if (isOurs(clientId)) return { allowed: ['openid', ...ALL_API_SCOPES.split(' ')], rejected: [] };
    if (isAnybodysOnThisDevice(client)) return undefined;
    const consent = await this.consents.hold(tx, { accountId, clientId });
    return consent && covers(consent, requestedScopes(client, requested)) ? consent : undefined;
  }
}

/**
 * Whether any program on the user's device can pose as this client: it has no secret, and receives codes on the device. Its users are asked
 * at each log-in (RFC 6749 §10.2, RFC 8252 §8.6).
 */
const isAnybodysOnThisDevice = ({ clientAuthMethod, redirectUris = [] }: Client) =>
  clientAuthMethod === 'none' && redirectUris.some((uri) => !uri.startsWith('https:'));

const add = (provider: Provider, { name, parameters, answer }: GrantType) => {
  provider.registerGrantType(name, answer, parameters);
};
