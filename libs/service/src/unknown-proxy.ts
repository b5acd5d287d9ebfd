import { Logger } from '@nestjs/common';
import type { onRequestHookHandler } from 'fastify';

/**
 * A hook that warns once if a request comes with `X-Forwarded-For` from an address that is no trusted proxy. Behind a proxy that is not
 * declared, all users have the address of the proxy, and share its limits.
 */
export function warnOfUnknownProxy(isTrusted: (address: string | undefined) => boolean): onRequestHookHandler {
  const log = new Logger('http');
  let warned = false;
  return (request, _reply, done) => {
    const address = request.raw.socket.remoteAddress;
    if (!warned && request.headers['x-forwarded-for'] !== undefined && !isTrusted(address)) {
      warned = true;
      log.warn({
        msg: 'X-Forwarded-For from an address that TRUSTED_PROXIES does not list is ignored: if it is your proxy, all users share its limits',
        address,
      });
    }
    done();
  };
}
