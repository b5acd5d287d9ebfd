import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { BrowserUser } from '../browser-session/browser-user.ts';
import { CredentialStrategy, type Validated } from './credential.strategy.ts';

/** The Passport strategy `session`: the cookie of a browser (P17). */
@Injectable()
export class SessionStrategy extends PassportStrategy(CredentialStrategy, 'session') {
  constructor(readonly users: BrowserUser) {
    super();
  }

  /** @throws DomainError or TokenRefusal, as {@link BrowserUser.of} */
  validate({ request }: { readonly request: FastifyRequest }): Validated {
    return this.users.of(request);
  }
}
