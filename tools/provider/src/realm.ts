import { randomUUID } from 'node:crypto';
import { claimsOf, type Person } from './person.ts';

/** A realm like Keycloak's: its access tokens are JWTs for an API. */
export interface Realm {
  /** Its name, at the end of the issuer identifier: `http://localhost:3003/realms/<name>`. */
  readonly name: string;
  /** The API, in the `aud` of its access tokens. */
  readonly audience: string;
  /** Where its clients take logout tokens, as the setting of each client in Keycloak. Default: `back-channel-log-out` beside the redirect URI. */
  readonly logOutUri?: string;
}

/** What a client got by a log-in. */
export interface Grant extends Person {
  readonly sid: string;
  readonly clientId: string;
  /** The requested scopes. */
  readonly scope: string;
  /** When the person logged in, in seconds since the epoch. */
  readonly authTime: number;
}

/** The people of a realm. Their roles are those of the realm. */
export const PEOPLE: readonly Person[] = [
  {
    subject: 'd8e3a0c4-51f6-4b0e-9a67-3f2a0f6f1a01',
    name: 'Ada Admin',
    email: 'admin@realm.example',
    emailVerified: true,
    roles: ['ADMIN'],
  },
  {
    subject: 'd8e3a0c4-51f6-4b0e-9a67-3f2a0f6f1a02',
    name: 'Mo Moderator',
    email: 'moderator@realm.example',
    emailVerified: true,
    roles: ['MODERATOR'],
  },
  { subject: 'd8e3a0c4-51f6-4b0e-9a67-3f2a0f6f1a03', name: 'Mia Member', email: 'member@realm.example', emailVerified: true, roles: [] },
  {
    subject: 'd8e3a0c4-51f6-4b0e-9a67-3f2a0f6f1a04',
    name: 'Noa Newcomer',
    email: 'newcomer@realm.example',
    emailVerified: true,
    roles: [],
  },
];

/** The roles that Keycloak gives everybody. */
const DEFAULT_ROLES = ['offline_access', 'uma_authorization'];
const ACCOUNT_ROLES = ['manage-account', 'manage-account-links', 'view-profile'];

/** The claims of an access token, besides `iss`, `iat` and `exp`, as Keycloak 26 has them for a client with an audience mapper. */
export const accessTokenClaims = (grant: Grant, { name, audience }: Realm) => ({
  auth_time: grant.authTime,
  jti: `onrtac:${randomUUID()}`,
  aud: [audience, 'account'],
  sub: grant.subject,
  typ: 'Bearer',
  azp: grant.clientId,
  sid: grant.sid,
  acr: '1',
  realm_access: { roles: [`default-roles-${name}`, ...DEFAULT_ROLES, ...(grant.roles ?? [])] },
  resource_access: { [audience]: { roles: grant.roles ?? [] }, account: { roles: ACCOUNT_ROLES } },
  scope: grant.scope,
  ...personalClaims(grant),
});

/** The claims of an ID token about the person. */
export const idTokenClaims = (grant: Grant) => ({
  ...personalClaims(grant),
  sub: grant.subject,
  typ: 'ID',
  azp: grant.clientId,
  sid: grant.sid,
  acr: '1',
  auth_time: grant.authTime,
});

function personalClaims(person: Person) {
  const [given = '', ...family] = person.name.split(' ');
  const { sub: _sub, ...claims } = claimsOf(person);
  return { ...claims, preferred_username: person.email.split('@')[0], given_name: given, family_name: family.join(' ') };
}

/** The further fields of a token response. */
export const tokenResponse = ({ sid, scope }: Grant, lifetimeS: number) => ({
  expires_in: lifetimeS,
  refresh_expires_in: 1_800,
  'not-before-policy': 0,
  session_state: sid,
  scope,
});
