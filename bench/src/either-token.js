/**
 * Makes the gateway accept JWTs besides opaque tokens, so that one process can be measured both ways. Import it before the gateway starts:
 * it replaces the gateway's `BearerStrategy` and `isOpaqueToken`. It answers each message of its parent process with the CPU time used so far.
 */
import module from 'node:module';

const STRATEGY = 'apps/gateway/src/authentication/bearer.strategy.ts';
const FORM = 'apps/gateway/src/phantom-token/opaque-token.ts';

module.registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const replaced = [STRATEGY, FORM].some((file) => found.url.endsWith(file)) && context.parentURL !== import.meta.url;
    return replaced ? { ...found, url: import.meta.url, format: 'module' } : found;
  },
});

const { BearerStrategy: Original } = await import(`../../${STRATEGY}`);
const { isOpaqueToken: original } = await import(`../../${FORM}`);

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

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system });
});
