/**
 * Makes the gateway accept JWTs besides opaque tokens, and opaque tokens as cookies, so that one process can be measured with all of them. Import
 * it before the gateway starts: it replaces the gateway's `BearerStrategy`, `isOpaqueToken` and `SessionVault`, and its `AuthenticationGuard` by
 * that of `timed-guard.js`.
 */
import module from 'node:module';

const STRATEGY = 'apps/gateway/src/authentication/bearer.strategy.ts';
const FORM = 'apps/gateway/src/phantom-token/opaque-token.ts';
const VAULT = 'apps/gateway/src/browser-session/session-vault.ts';
const GUARD = 'apps/gateway/src/authentication/authentication.guard.ts';

const TIMED_GUARD = new URL('timed-guard.js', import.meta.url).href;
const BY = { [STRATEGY]: import.meta.url, [FORM]: import.meta.url, [VAULT]: import.meta.url, [GUARD]: TIMED_GUARD };

module.registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const file = Object.keys(BY).find((each) => found.url.endsWith(each));
    const isReplaced = file !== undefined && context.parentURL !== BY[file];
    return isReplaced ? { ...found, url: BY[file], format: 'module' } : found;
  },
});

const { BearerStrategy: Original } = await import(`../../${STRATEGY}`);
const { isOpaqueToken: original, canBeOfIssuer } = await import(`../../${FORM}`);

const { SessionVault: Vault, LIFETIME_S } = await import(`../../${VAULT}`);

export { canBeOfIssuer, LIFETIME_S };

/** Longer than any opaque token, in characters. */
const JWT_LENGTH = 100;

/** The gateway's function, which also lets JWTs pass. */
export const isOpaqueToken = (token) => token.length >= JWT_LENGTH || original(token);

/** The gateway's strategy, which hands JWTs to the verifier as they are. */
export class BearerStrategy extends Original {
  validate(credential) {
    if (credential.token.length < JWT_LENGTH) return super.validate(credential);
    const [header, verifier] = [`Bearer ${credential.token}`, this.tokens.tokens];
    return verifier.known(header) ?? verifier.verify(header);
  }
}

/** The gateway's vault, in which the id of a session is also its access token. */
export class SessionVault extends Vault {
  get(id) {
    return Promise.resolve({ accessToken: id, refreshToken: '', expiresAt: Date.now() + LIFETIME_S * 1000, version: 1 });
  }
}
