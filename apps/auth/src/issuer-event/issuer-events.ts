import { Injectable } from '@nestjs/common';
import { newId } from '@reputable/database';
import { DataSource, type EntityManager } from 'typeorm';
import { audit } from '../audit/audit.ts';
import { useToken } from '../outside-log-out/use-token.ts';
import type { LoggedOut } from '../outside-provider/logout-tokens.ts';
import { ProviderFailure } from '../outside-provider/provider-failure.ts';
import { OutsideSessions } from '../outside-session/outside-sessions.ts';
import { revokeUser } from '../revocation/revoke.ts';
import { SessionService } from '../session/session.service.ts';
import { IssuerLogOuts } from '../token-issuer/issuer-log-outs.ts';
import type { EventSubject } from './event-subject.ts';
import type { SecurityEvents } from './event-tokens.ts';

/** The accounts of a user at an issuer, or of the user of a session there. */
const ACCOUNTS = `SELECT account_id AS id FROM linked_log_in WHERE issuer = $1 AND subject = $2
  UNION SELECT account_id FROM session JOIN issuer_session ON id = session_id WHERE issuer = $1 AND sid = $3`;

/** Does here what has happened at an issuer. */
@Injectable()
export class IssuerEvents {
  constructor(
    readonly dataSource: DataSource,
    readonly logOuts: IssuerLogOuts,
    readonly outside: OutsideSessions,
    readonly sessions: SessionService,
  ) {}

  /** Applies the events of a token. Returns the number of ended sessions; undefined if the token was used before, which has no effect. */
  apply(received: SecurityEvents): Promise<number | undefined> {
    const { issuer, events } = received;
    return this.dataSource.transaction(async (tx) => {
      if (!(await useToken(tx, received))) return undefined;
      let ended = 0;
      for (const { effect, subjects } of events) {
        for (const subject of subjects) {
          if (effect === 'end') ended += await this.#end(tx, issuer, subject);
          else await this.#refresh(tx, issuer, subject);
        }
      }
      const effects = [...new Set(events.map(({ effect }) => effect))].join(' ');
      await audit(tx, { ...of(issuer), details: { effects, ended } });
      return ended;
    });
  }

  /** Applies a logout token. Returns the number of ended sessions. @throws ProviderFailure if the token was used before */
  logOut(loggedOut: LoggedOut): Promise<number> {
    const { issuer, subject, sid } = loggedOut;
    return this.dataSource.transaction(async (tx) => {
      if (!(await useToken(tx, loggedOut))) throw new ProviderFailure('invalid', 'it was used before');
      const ended = await this.#end(tx, issuer, { subject, sid } as EventSubject);
      await audit(tx, { ...of(issuer), details: { effects: 'log_out', ended } });
      return ended;
    });
  }

  /** Ends the sessions that began with a token of the issuer, or with a log-in there. */
  async #end(tx: EntityManager, issuer: string, { subject, sid }: EventSubject): Promise<number> {
    const ended = { issuer, subject, sid };
    // All that ends sessions locks the log-ins before the sessions.
    const ofLogIns = await this.sessions.endLogIns(tx, await this.outside.end(tx, ended), 'logged_out_at_provider');
    return ofLogIns + (await this.logOuts.end(tx, ended));
  }

  /** Revokes the JWTs of a user, so that the next request gets one with current claims. */
  async #refresh(tx: EntityManager, issuer: string, { subject, sid }: EventSubject): Promise<void> {
    for (const { id } of await tx.query<{ id: string }[]>(ACCOUNTS, [issuer, subject ?? null, sid ?? null]))
      await revokeUser(tx, newId(), id);
  }
}

/** The audit event of an issuer. */
const of = (issuer: string) => ({ type: 'issuer_event_applied', actor: { type: 'issuer', id: issuer } }) as const;
