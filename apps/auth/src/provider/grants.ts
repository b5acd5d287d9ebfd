import { Injectable, Logger } from '@nestjs/common';
import type { Grant, Provider } from 'oidc-provider';
import type { EndReason } from '../session/session.entity.ts';
import { type NewSession, SessionService } from '../session/session.service.ts';
import { RecordStore } from '../record/record-store.ts';

/** Grants. Each has one session: both have the same id, and begin and end together. */
@Injectable()
export class Grants {
  readonly #log = new Logger('oauth');

  constructor(
    readonly records: RecordStore,
    readonly sessions: SessionService,
  ) {}

  /** Begins a grant and its session. @param fill adds the scopes to the grant */
  begin(provider: Provider, session: NewSession, fill: (grant: Grant) => void): Promise<Grant> {
    return this.records.transaction(async (tx) => {
      const { accountId, clientId } = session;
      const grant = Object.assign(new provider.Grant({ accountId, clientId }), { jti: await this.sessions.begin(tx, session) });
      fill(grant);
      await grant.save();
      return grant;
    });
  }

  /**
   * Ends a grant, its session, and all its codes and tokens. A second use of a code or refresh token ends the grant too: one of the two
   * users holds a copy, and the server cannot tell which (RFC 9700 §4.14.2, RFC 6749 §4.1.2).
   */
  async end(id: string, reason: EndReason): Promise<void> {
    const ended = await this.sessions.endGrant(id, reason);
    if (ended && reason === 'used_twice') this.#log.warn({ msg: 'session ended: code or refresh token used twice', session: id });
  }
}
