/**
 * Gives the services further ways to trust, for benchmarks alone: import it before a service starts. It replaces a module of each kind of
 * service by the module of the same name in this folder:
 *
 * - every service: `TokenVerifier` accepts what the gateway sends in each way;
 * - gateway: `PhantomTokens` sends what its parent process last asked for;
 * - auth: `AccessTokens` and `TokenExchangeService` answer introspection requests, and `TransactionTokens` counts its calls.
 */
import module from 'node:module';

const REPLACED = [
  'libs/auth/src/token/token-verifier.ts',
  'apps/gateway/src/phantom-token/phantom-tokens.ts',
  'apps/auth/src/token/access-tokens.ts',
  'apps/auth/src/token/token-exchange.service.ts',
  'apps/auth/src/token/transaction-tokens.ts',
];

const replacementOf = (file) => new URL(file.slice(file.lastIndexOf('/') + 1).replace(/ts$/, 'js'), import.meta.url).href;
const BY = Object.fromEntries(REPLACED.map((file) => [file, replacementOf(file)]));

module.registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const file = REPLACED.find((each) => found.url.endsWith(each));
    const isReplaced = file !== undefined && context.parentURL !== BY[file];
    return isReplaced ? { ...found, url: BY[file], format: 'module' } : found;
  },
});
