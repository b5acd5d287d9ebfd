import { Injectable } from '@nestjs/common';
import type { Grant, Provider } from 'oidc-provider';
import { type NewSession, SessionService } from '../session/session.service.ts';
import { RecordStore } from './record-store.ts';

/** Grants, each of which is a session: they have the same id, and begin together. */
@Injectable()
export class Grants {
  constructor(
    readonly records: RecordStore,
    readonly sessions: SessionService,
  ) {}

  /** @param fill says what is granted */
  begin(provider: Provider, session: NewSession, fill: (grant: Grant) => void): Promise<Grant> {
    return this.records.transaction(async (tx) => {
      const { accountId, clientId } = session;
      const grant = Object.assign(new provider.Grant({ accountId, clientId }), { jti: await this.sessions.begin(tx, session) });
      fill(grant);
      await grant.save();
      return grant;
    });
  }
}
