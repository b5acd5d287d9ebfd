import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { OutsideProviders } from '../outside-provider/outside-providers.ts';
import type { EndedOutside, OutsideSession } from '../outside-provider/outside-session.ts';

/** A log-in that began with a session at a provider. */
export interface BegunLogIn {
  /** The `uid` of the log-in. The sessions that began with it have the same value in `login_uid`. */
  readonly uid: string;
  readonly begunAt: Date;
}

/** The log-out at a provider. */
export interface OutsideLogOut {
  readonly label: string;
  /** The URL that a browser goes to. @param state comes back with the browser */
  readonly url: (state?: string) => URL;
}

/** The condition for the ended sessions, with the parameters issuer, subject and sid. A session without a `sid` has ended with its user only. */
const ended = (issuer: string, subject: string, sid: string) =>
  `${issuer} = $1 AND ($2::text IS NULL OR ${subject} = $2) AND ($3::text IS NULL OR ${sid} = $3)`;

const BEGUN = `WITH begun AS (
    DELETE FROM outside_session WHERE ${ended('issuer', 'subject', 'sid')} RETURNING login_uid AS uid, begun_at AS "begunAt"
  ) SELECT * FROM begun`;

/** A log-in with the provider that has not begun a session yet: it waits for the user, or for the browser. */
const WAITING = [
  `DELETE FROM outside_log_in WHERE ${ended("identity ->> 'issuer'", "identity ->> 'subject'", "identity ->> 'sid'")}`,
  `DELETE FROM oauth_record WHERE model = 'Interaction'
     AND ${ended("payload #>> '{result,outside,issuer}'", "payload #>> '{result,outside,subject}'", "payload #>> '{result,outside,sid}'")}`,
];

/** The sessions at outside providers with which log-ins began, so that one ends with the other. The table has no token. */
@Injectable()
export class OutsideSessions {
  constructor(
    readonly dataSource: DataSource,
    readonly providers: OutsideProviders,
  ) {}

  /** Saves that a log-in began with a session at a provider. */
  async begun(loginUid: string, { issuer, subject, sid }: OutsideSession): Promise<void> {
    await this.dataSource.query(
      'INSERT INTO outside_session (login_uid, issuer, subject, sid) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [loginUid, issuer, subject, sid],
    );
  }

  /** Deletes the unfinished log-ins with these sessions. Returns the finished ones; the caller must end them. */
  async end(tx: EntityManager, { issuer, subject, sid }: EndedOutside): Promise<BegunLogIn[]> {
    const which = [issuer, subject ?? null, sid ?? null];
    for (const sql of WAITING) await tx.query(sql, which);
    return tx.query<BegunLogIn[]>(BEGUN, which);
  }

  /** The log-out at the provider with which a log-in began last; undefined if there is none. */
  async logOutOf(loginUid: string | null): Promise<OutsideLogOut | undefined> {
    const sql = 'SELECT issuer FROM outside_session WHERE login_uid = $1 ORDER BY begun_at DESC LIMIT 1';
    const [session] = await this.dataSource.query<{ issuer: string }[]>(sql, [loginUid]);
    const provider = this.providers.all.find(({ settings }) => settings.issuer === session?.issuer);
    if (!provider?.canLogOut) return undefined;
    return { label: provider.label, url: (state) => provider.logOutUrl(state) };
  }
}
