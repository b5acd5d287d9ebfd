import { AuthenticatedUser, type VerifiedToken } from '@reputable/auth';

/** The schemes by which the gateway of a benchmark forwards an identity. Ours is `Bearer` with a JWT. */
export const SCHEMES = { trusting: 'User ', asking: 'Ask ', cached: 'AskSometimes ' } as const;

/** The claims of a user, as they are forwarded or answered without a signature. */
export type Claims = Pick<AuthenticatedUser, 'id' | 'roles' | 'reputation' | 'scopes' | 'sessionId' | 'clientId'>;

/** What the gateway sends in the way "trusting". */
export function plainly({ id, roles, reputation, scopes, sessionId, clientId }: Claims): string {
  return SCHEMES.trusting + JSON.stringify({ id, roles, reputation, scopes, sessionId, clientId });
}

/** What a service knows of a user whose claims it believes. */
export const believed = (authorization: string, claims: Claims): VerifiedToken => ({
  authorization,
  user: new AuthenticatedUser(claims),
  issuedAt: Math.floor(Date.now() / 1000),
  expiresAt: Infinity,
  freshUntil: Infinity,
});
