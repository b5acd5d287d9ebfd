import { Controller, Get, Header } from '@nestjs/common';
import { KeyRing } from './key-ring.ts';
import { MAX_AGE_S } from './key-times.ts';

/** The public keys, over HTTP: for everybody, as that is what they are for. */
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
