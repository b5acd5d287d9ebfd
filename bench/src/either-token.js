/**
 * Makes the gateway accept JWTs besides opaque tokens, so that one process can be measured both ways. Import it before the gateway starts:
 * it replaces the gateway's `BearerStrategy`. It answers each message of its parent process with the CPU time used so far.
 */
import module from 'node:module';

const ORIGINAL = 'apps/gateway/src/authentication/bearer.strategy.ts';

module.registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const replaced = found.url.endsWith(ORIGINAL) && context.parentURL !== import.meta.url;
    return replaced ? { ...found, url: import.meta.url, format: 'module' } : found;
  },
});

const { BearerStrategy: Original } = await import(`../../${ORIGINAL}`);

/** Longer than any opaque token, in characters. */
const JWT_LENGTH = 100;

/** The gateway's strategy, which hands JWTs to the verifier as they are. */
export class BearerStrategy extends Original {
  validate(request) {
    const [header = ''] = request.raw.headersDistinct.authorization ?? [];
    if (header.length < JWT_LENGTH) return super.validate(request);
    const verifier = this.tokens.tokens;
    return verifier.known(header) ?? verifier.verify(header);
  }
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system });
});
