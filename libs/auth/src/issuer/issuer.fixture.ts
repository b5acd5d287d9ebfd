import type { TestIssuer } from '../testing/index.ts';
import type { IssuerOptions } from './issuer-options.ts';
import { auth0 } from './auth0.ts';
import { cognito } from './cognito.ts';
import { entraId } from './entra-id.ts';
import { keycloak } from './keycloak.ts';
import { oryHydra } from './ory-hydra.ts';

/** The form of one issuer's tokens. */
export interface Shape {
  readonly issuer: IssuerOptions;
  /** The header parameters besides `alg` and `kid`. */
  readonly header: Record<string, unknown>;
  /** The claims besides `iss`, `iat` and `exp`, for a user with the role `editor`. */
  readonly claims: Record<string, unknown>;
  /** The user of these claims. */
  readonly user: object;
  /** Changes that make it no access token of this issuer for this service. */
  readonly foreign: Record<string, Record<string, unknown>>;
}

const ID = '690222be-ff1a-4d56-abd1-7e4f7d38e474';
const TENANT = '3a1f5c0e-8f0b-4c3c-9b52-7d0a5ef1c9aa';

/** The issuers with a ready-made mapping, as their documentation describes their access tokens. Keys are those of a test issuer. */
export const SHAPES: Record<string, (keys: NonNullable<IssuerOptions['keys']>) => Shape> = {
  Keycloak: (keys) => ({
    issuer: keycloak({ realm: 'https://sso.example.com/realms/acme', audience: 'shop', roles: 'client', keys }),
    header: { typ: 'JWT' },
    claims: {
      jti: 'j-1',
      aud: ['shop', 'account'],
      sub: ID,
      typ: 'Bearer',
      azp: 'web',
      sid: 's-1',
      acr: '1',
      'allowed-origins': ['https://www.example.com'],
      realm_access: { roles: ['offline_access', 'admin'] },
      resource_access: { shop: { roles: ['editor'] }, account: { roles: ['manage-account'] } },
      scope: 'openid profile',
      email: 'person@example.com',
    },
    user: { id: ID, roles: ['editor'], scopes: ['openid', 'profile'], sessionId: 's-1', clientId: 'web' },
    foreign: {
      'an ID token': { typ: 'ID', aud: 'shop' },
      'a refresh token': { typ: 'Refresh' },
      'a token without a subject': { sub: undefined },
    },
  }),
  Auth0: (keys) => ({
    issuer: auth0({ domain: 'acme.eu.auth0.com', audience: 'https://api.example.com', rolesClaim: 'https://example.com/roles', keys }),
    header: { typ: 'JWT' },
    claims: {
      sub: 'auth0|507f1f77bcf86cd799439011',
      aud: ['https://api.example.com', 'https://acme.eu.auth0.com/userinfo'],
      azp: 'web',
      scope: 'openid post:write',
      permissions: ['post:write'],
      'https://example.com/roles': ['editor'],
    },
    user: {
      id: 'auth0|507f1f77bcf86cd799439011',
      roles: ['editor', 'post:write'],
      scopes: ['openid', 'post:write'],
      sessionId: undefined,
      clientId: 'web',
    },
    foreign: {
      'an ID token': { aud: 'web', scope: undefined },
      'roles as a text': { 'https://example.com/roles': 'editor' },
    },
  }),
  'Entra ID': (keys) => ({
    issuer: entraId({ tenant: TENANT, audience: '6e74172b-be56-4843-9ff4-e66a39bb12e3', keys }),
    header: { typ: 'JWT' },
    claims: {
      aud: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
      ver: '2.0',
      oid: ID,
      sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
      tid: TENANT,
      sid: 's-1',
      azp: 'web',
      azpacr: '0',
      scp: 'access_as_user',
      roles: ['editor'],
      uti: 'u-1',
      rh: '0.A',
    },
    user: { id: ID, roles: ['editor'], scopes: ['access_as_user'], sessionId: 's-1', clientId: 'web', tenant: TENANT },
    foreign: {
      'an ID token': { azp: undefined, scp: undefined },
      'a token of an application without permission': { scp: undefined, roles: undefined },
      'a token of version 1': { ver: '1.0' },
      'a token of another tenant': { tid: ID },
      'a token without oid': { oid: undefined },
    },
  }),
  Cognito: (keys) => ({
    issuer: cognito({ region: 'eu-central-1', userPool: 'eu-central-1_Ab12Cd34E', audience: '6kd9example', keys }),
    header: {},
    claims: {
      sub: ID,
      'cognito:groups': ['editor'],
      client_id: '6kd9example',
      origin_jti: 's-1',
      event_id: 'e-1',
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      jti: 'j-1',
      username: 'person',
    },
    user: { id: ID, roles: ['editor'], scopes: ['aws.cognito.signin.user.admin'], sessionId: 's-1', clientId: '6kd9example' },
    foreign: {
      'an ID token': { token_use: 'id', aud: '6kd9example', client_id: undefined },
      'a token for another use': { token_use: 'id' },
      'the audience in aud': { client_id: 'another', aud: '6kd9example' },
    },
  }),
  'Ory Hydra': (keys) => ({
    issuer: oryHydra({ url: 'https://hydra.example.com', audience: 'shop', keys }),
    header: { typ: 'JWT' },
    claims: {
      aud: ['shop'],
      client_id: 'web',
      ext: { roles: ['editor'], sid: 's-1' },
      jti: 'j-1',
      scp: ['openid', 'offline'],
      sub: 'user-42',
    },
    user: { id: 'user-42', roles: ['editor'], scopes: ['openid', 'offline'], sessionId: 's-1', clientId: 'web' },
    foreign: {
      'an ID token': { client_id: undefined, scp: undefined },
      'a refresh token': { token_use: 'refresh_token' },
      'roles as a text': { ext: { roles: 'editor' } },
    },
  }),
};

/** The token of a shape, signed by a test issuer in place of the real one. */
export function tokenOf(signer: TestIssuer, { issuer, header, claims }: Shape, changes: Record<string, unknown> = {}, more = {}) {
  const iat = Math.floor(Date.now() / 1000);
  return signer.sign({ iss: issuer.url, iat, exp: iat + 300, ...claims, ...changes }, { ...header, ...more });
}
