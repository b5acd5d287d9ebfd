/**
 * Has the gateway take JWTs as well, as it did before there were phantom tokens, so that one process can be measured both ways: imported before
 * it starts, this stands in for its `authenticate`. On a message from whoever started it, it tells the CPU time that it has used.
 */
import { DEADLINE_MS, runInCall } from '@reputable/auth';
import module from 'node:module';

const ORIGINAL = 'authentication/authenticate.ts';

module.registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const stoodIn = found.url.endsWith(ORIGINAL) && context.parentURL !== import.meta.url;
    return stoodIn ? { ...found, url: import.meta.url, format: 'module' } : found;
  },
});

const { authenticate: original } = await import('../../apps/gateway/src/authentication/authenticate.ts');

/** Longer than any opaque token. */
const JWT_LENGTH = 100;

/** @param others what else the gateway finds users by */
export function authenticate(phantoms, ...others) {
  const opaque = original(phantoms, ...others);
  return (request, reply, done) => {
    const [header = '', ...more] = request.raw.headersDistinct.authorization ?? [];
    if (header.length < JWT_LENGTH) {
      opaque(request, reply, done);
      return;
    }
    const enter = (token) => runInCall({ user: token?.user, peer: undefined, token, deadline: Date.now() + DEADLINE_MS }, done);
    const known = phantoms.tokens.known(more.length === 0 ? header : 'several');
    if (known) enter(known);
    else phantoms.tokens.verify(header).then(enter, done);
  };
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system });
});
