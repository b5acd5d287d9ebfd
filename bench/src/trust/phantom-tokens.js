import { PhantomTokens as Original } from '../../../apps/gateway/src/phantom-token/phantom-tokens.ts';
import { plainly, SCHEMES } from './forwarded.ts';

/** How the gateway forwards identities: a key of SCHEMES, or `ours`. */
let way = 'ours';

process.on('message', (message) => {
  if (message.way === undefined) return;
  way = message.way;
  process.send({ way });
});

/** The gateway's phantom tokens, which it forwards in the way that its parent process has asked for. It checks the opaque token in each. */
export class PhantomTokens extends Original {
  known(credential, key) {
    if (way === 'ours') return super.known(credential, key);
    if (way !== 'trusting') return this.tokens.known(SCHEMES[way] + credential);
    const known = super.known(credential, key);
    return known && asBelieved(known);
  }

  async verify(credential, key) {
    if (way === 'ours') return super.verify(credential, key);
    if (way !== 'trusting') return this.tokens.verify(SCHEMES[way] + credential);
    return asBelieved(await super.verify(credential, key));
  }
}

/** The same user, with the claims as plain text in place of the JWT. */
const asBelieved = (token) => ({ ...token, authorization: plainly(token.user) });
