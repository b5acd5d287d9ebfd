import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { audit } from '../audit/audit.ts';
import type { LoggedOut } from '../outside-provider/logout-tokens.ts';
import { ProviderFailure } from '../outside-provider/provider-failure.ts';
import { OutsideSessions } from '../outside-session/outside-sessions.ts';
import { SessionService } from '../session/session.service.ts';
import { useToken } from './use-token.ts';

/** Ends sessions here that have ended at an outside provider. */
@Injectable()
export class OutsideLogOuts {
  constructor(
    readonly dataSource: DataSource,
    readonly outside: OutsideSessions,
    readonly sessions: SessionService,
  ) {}

  /**
   * Uses a logout token: ends the log-ins that began with these sessions, and the sessions of all clients that began with them.
   *
   * @returns the number of ended sessions
   * @throws ProviderFailure if the token was used before
   */
  end(loggedOut: LoggedOut): Promise<number> {
    return this.dataSource.transaction(async (tx) => {
      if (!(await useToken(tx, loggedOut))) throw new ProviderFailure('invalid', 'it was used before');
      const ended = await this.sessions.endLogIns(tx, await this.outside.end(tx, loggedOut), 'logged_out_at_provider');
      const actor = { type: 'issuer', id: loggedOut.issuer } as const;
      await audit(tx, { type: 'issuer_event_applied', actor, details: { effects: 'log_out', ended } });
      return ended;
    });
  }
}
