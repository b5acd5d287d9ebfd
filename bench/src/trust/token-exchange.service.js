import { SERVICES } from '@reputable/contracts';
import { TokenExchangeService as Original } from '../../../apps/auth/src/token/token-exchange.service.ts';
import { INTROSPECTION, serveIntrospection } from './introspection.ts';

export * from '../../../apps/auth/src/token/token-exchange.service.ts';

/** How many questions auth has answered: exchanges and introspections. */
let calls = 0;

process.on('message', (message) => {
  if (message.calls !== undefined) process.send({ calls });
});

/** Auth's token exchange, which also answers introspections (RFC 7662) by gRPC. */
export class TokenExchangeService extends Original {
  constructor(...dependencies) {
    super(...dependencies);
    void serveIntrospection(async (subjectToken) => (await this.exchange({ subjectToken, audience: SERVICES }, INTROSPECTION)).token);
  }

  exchange(request, actor) {
    calls += 1;
    return super.exchange(request, actor);
  }
}
