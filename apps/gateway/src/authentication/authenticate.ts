import { DEADLINE_MS, runInCall, TokenRefusal, tokenInvalid, type VerifiedToken } from '@reputable/auth';
import type { FastifyRequest, preHandlerHookHandler } from 'fastify';
import type { BrowserUser } from '../browser-session/browser-user.ts';
import { opaqueTokenIn } from './opaque-token.ts';
import type { PhantomTokens } from './phantom-tokens.ts';
import { refuse } from './refuse.ts';

/**
 * Authenticates a request once, by its `Authorization: Bearer` (RFC 6750 §2.1) or the cookie of a browser, and has all that follows run in
 * the user's name:
 *
 * - Neither: nobody is signed in. Both: 400.
 * - A cookie: the user of the session, if the request is one that our own pages send; else 403. A session that is over: 401.
 * - An opaque token that is good: its user, with the JWT it stands for. Nothing else that a client sends says who it is.
 * - Anything else, also more than one header, also a JWT: 401, and nothing is executed. A client with an expired token must learn of it.
 * - One that nobody can tell whether it is good, as auth is away: 503.
 */
export function authenticate(tokens: PhantomTokens, browsers: BrowserUser): preHandlerHookHandler {
  return (request, reply, done) => {
    const enter = (token: VerifiedToken | undefined) => {
      runInCall({ user: token?.user, peer: undefined, token, deadline: Date.now() + DEADLINE_MS }, done);
    };
    try {
      const user = browsers.of(request) ?? ofBearer(request, tokens);
      if (user instanceof Promise)
        user.then(enter).catch((error: unknown) => {
          refuse(reply, error);
        });
      else enter(user);
    } catch (error) {
      refuse(reply, error);
    }
  };
}

/** The user of the bearer token; undefined if there is no header. No promise if it is known. */
function ofBearer(request: FastifyRequest, tokens: PhantomTokens): VerifiedToken | Promise<VerifiedToken> | undefined {
  // In `headers`, Node keeps the first of several.
  const [header, ...more] = request.raw.headersDistinct.authorization ?? [];
  if (header === undefined) return undefined;
  const token = more.length === 0 ? opaqueTokenIn(header) : undefined;
  if (token === undefined) throw new TokenRefusal(tokenInvalid(), 'not one opaque bearer token');
  return tokens.known(token) ?? tokens.verify(token);
}
