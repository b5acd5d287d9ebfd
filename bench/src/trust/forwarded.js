import { AuthenticatedUser } from '@reputable/auth';

/** The schemes by which the gateway of a benchmark forwards an identity. Ours is `Bearer` with a JWT. */
export const SCHEMES = { trusting: 'User ', asking: 'Ask ', cached: 'AskSometimes ' };

/** The claims of a user, as the gateway forwards them without a proof. */
export const claimsOf = ({ id, roles, reputation, scopes, sessionId, clientId }) => ({
  id,
  roles,
  reputation,
  scopes,
  sessionId,
  clientId,
});

/** What a service knows of a user whose claims it believes. */
export const believed = (authorization, claims) => ({
  authorization,
  user: new AuthenticatedUser(claims),
  issuedAt: Math.floor(Date.now() / 1000),
  expiresAt: Infinity,
  freshUntil: Infinity,
});
