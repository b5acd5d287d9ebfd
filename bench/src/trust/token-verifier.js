import { LRUCache } from 'lru-cache';
import { TokenVerifier as Original } from '../../../libs/auth/src/token/token-verifier.ts';
import { believed, SCHEMES } from './forwarded.ts';
import { introspect } from './introspection.ts';

/** How long the way "asking, cached" believes an answer of auth, in milliseconds. */
const CACHE_MS = 5_000;

/** The credentials that arrived, the newest last, while a benchmark watches them. */
let arrived;

process.on('message', ({ watch }) => {
  if (watch === undefined) return;
  process.send({ arrived: [...(arrived ?? [])] });
  arrived = watch ? new Set() : undefined;
});

/** The verifier of a service, which also believes claims that the gateway sends, or asks auth. The scheme says which. */
export class TokenVerifier extends Original {
  #answers = new LRUCache({ max: 10_000, ttl: CACHE_MS });

  known(authorization) {
    arrived?.add(authorization);
    if (authorization.startsWith(SCHEMES.trusting))
      return believed(authorization, JSON.parse(authorization.slice(SCHEMES.trusting.length)));
    if (authorization.startsWith(SCHEMES.asking)) return undefined;
    if (authorization.startsWith(SCHEMES.cached)) return this.#answers.get(authorization);
    return super.known(authorization);
  }

  async verify(authorization) {
    if (authorization.startsWith(SCHEMES.asking))
      return believed(authorization, await introspect(authorization.slice(SCHEMES.asking.length)));
    if (!authorization.startsWith(SCHEMES.cached)) return super.verify(authorization);
    const answer = believed(authorization, await introspect(authorization.slice(SCHEMES.cached.length)));
    this.#answers.set(authorization, answer);
    return answer;
  }
}
