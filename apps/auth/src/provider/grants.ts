import { Injectable, Logger } from '@nestjs/common';
import { errors, type Grant, type Provider } from 'oidc-provider';
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

  /** Begins a grant and its session. @param fill adds the scopes to the grant @throws LoginRequired if the log-in has ended */
  begin(provider: Provider, session: NewSession, fill: (grant: Grant) => void): Promise<Grant> {
    return this.records.transaction(async (tx) => {
      const { accountId, clientId, loginUid } = session;
      if (loginUid !== null && !(await this.sessions.holdLogIn(tx, loginUid))) throw new errors.LoginRequired('the log-in has ended');
      const grant = Object.assign(new provider.Grant({ accountId, clientId }), { jti: await this.sessions.begin(tx, session) });
      fill(grant);
      await grant.save();
      return grant;
    });
  }

  /** Ends a log-in after a log-out in the browser, with all its sessions: also those that another request has just begun. */
  async endLogIn(uid: string): Promise<void> {
    await this.records.transaction((tx) => this.sessions.endLogIns(tx, [{ uid, begunAt: new Date(0) }], 'logged_out'));
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
