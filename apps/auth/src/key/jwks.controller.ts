import { Controller, Get, Header } from '@nestjs/common';
import { KeyRing } from './key-ring.ts';
import { MAX_AGE_S } from './key-times.ts';

/** Serves the public keys over HTTP, to everybody. */
@Controller('.well-known')
export class JwksController {
  constructor(readonly keys: KeyRing) {}

  @Get('jwks.json')
  @Header('content-type', 'application/jwk-set+json')
  @Header('cache-control', `public, max-age=${String(MAX_AGE_S)}`)
  jwks() {
    return this.keys.jwks;
  }
}
