import { PhantomTokens as Original } from '../../../apps/gateway/src/phantom-token/phantom-tokens.ts';
import { TokenExchange } from '../../../apps/gateway/src/phantom-token/token-exchange.ts';
import { plainly, SCHEMES } from './forwarded.ts';

/** How the gateway forwards identities: a key of SCHEMES, `ours` (JWTs) or `txn` (Transaction Tokens). */
let way = 'ours';

process.on('message', (message) => {
  if (message.way === undefined) return;
  way = message.way;
  process.send({ way });
});

/**
 * The phantom tokens of a gateway with `TOKENS_INSIDE=txn`, which it forwards in the way that its parent process has asked for. It checks the
 * opaque token in each.
 */
export class PhantomTokens extends Original {
  /** As with `TOKENS_INSIDE=jwt`. */
  #jwts;

  constructor(exchange, tokens, claims) {
    super(exchange, tokens, claims);
    this.#jwts = new Original(new TokenExchange(exchange.auth, exchange.tokens, exchange.claims), tokens, claims);
  }

  known(credential, key) {
    if (way === 'txn') return super.known(credential, key);
    if (way === 'ours') return this.#jwts.known(credential, key);
    if (way !== 'trusting') return this.tokens.known(SCHEMES[way] + credential);
    const known = this.#jwts.known(credential, key);
    return known && asBelieved(known);
  }

  async verify(credential, key) {
    if (way === 'txn') return super.verify(credential, key);
    if (way === 'ours') return this.#jwts.verify(credential, key);
    if (way !== 'trusting') return this.tokens.verify(SCHEMES[way] + credential);
    return asBelieved(await this.#jwts.verify(credential, key));
  }
}

/** The same user, with the claims as plain text in place of the JWT. */
const asBelieved = (token) => ({ ...token, authorization: plainly(token.user) });
