import { SERVICES } from '@reputable/contracts';
import { TokenExchangeService as Original } from '../../../apps/auth/src/token/token-exchange.service.ts';
import { countCall } from './auth-calls.js';
import { INTROSPECTION, serveIntrospection } from './introspection.ts';

export * from '../../../apps/auth/src/token/token-exchange.service.ts';

/** Auth's token exchange, which also answers introspections (RFC 7662) by gRPC. */
export class TokenExchangeService extends Original {
  constructor(...dependencies) {
    super(...dependencies);
    void serveIntrospection(async (subjectToken) => (await this.exchange({ subjectToken, audience: SERVICES }, INTROSPECTION)).token);
  }

  exchange(request, actor) {
    countCall();
    return super.exchange(request, actor);
  }
}
