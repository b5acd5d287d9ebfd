import { Inject, Injectable, Logger } from '@nestjs/common';
import { Outbox } from '@reputable/database';
import { DataSource, type EntityManager } from 'typeorm';
import { OAuthClients } from '../client/oauth-clients.ts';
import { KeyRing } from '../key/key-ring.ts';
import { type EndedSession, logOutToken } from './log-out-token.ts';

/** The injection token of the authorization server's issuer identifier. */
export const LOG_OUT_ISSUER = Symbol('LOG_OUT_ISSUER');

/** How long a client may take to answer, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** The longest pause between two tries, in seconds. */
const MAX_PAUSE_S = 300;

/** After this time a notice is given up, in milliseconds: a day. */
const GIVE_UP_MS = 24 * 3_600_000;

/** The notice that a session has ended, as the outbox stores it. */
interface Notice extends EndedSession {
  /** When the session ended, in milliseconds since the epoch. */
  readonly endedAt: number;
  /** How often the notice could not be delivered. */
  readonly failures: number;
}

/**
 * Tells clients with a `backchannel_logout_uri` that a session has ended (OpenID Connect Back-Channel Logout 1.0), at least once. Notices are
 * stored in the transaction that ends the session. A client that is down delays only its own notices.
 */
@Injectable()
export class LogOutNotices extends Outbox<Notice> {
  readonly #log = new Logger('back-channel log-out');

  constructor(
    readonly dataSource: DataSource,
    readonly clients: OAuthClients,
    readonly keys: KeyRing,
    @Inject(LOG_OUT_ISSUER) readonly issuer: string,
  ) {
    const deliver = async (notices: Notice[]) => {
      await Promise.all(notices.map((notice) => this.#deliver(notice)));
    };
    super({ dataSource, queue: 'log_out_notice', deliver, batch: 20, timeoutS: 2 * (TIMEOUT_MS / 1000) });
  }

  /** Adds the notices of ended sessions, in the transaction that ends them. */
  async announce(tx: EntityManager, sessions: readonly EndedSession[]): Promise<void> {
    const urls = new Map(
      await Promise.all([...new Set(sessions.map(({ clientId }) => clientId))].map(async (id) => [id, await this.#urlOf(id, tx)] as const)),
    );
    const notices = sessions.filter(({ clientId }) => urls.get(clientId) !== undefined);
    const endedAt = Date.now();
    await this.add(
      tx,
      notices.map(({ id, accountId, clientId }) => ({ id, accountId, clientId, endedAt, failures: 0 })),
    );
  }

  async #deliver(notice: Notice): Promise<void> {
    const { id: session, clientId: client, failures } = notice;
    try {
      await this.#send(notice);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (Date.now() - notice.endedAt > GIVE_UP_MS) {
        this.#log.error({ msg: 'notice given up', client, session, failures: failures + 1, reason });
        return;
      }
      this.#log.warn({ msg: 'notice not delivered', client, session, failures: failures + 1, reason });
      await this.add(this.dataSource.manager, [{ ...notice, failures: failures + 1 }], Math.min(2 ** failures, MAX_PAUSE_S));
    }
  }

  /** The token is made for each try, as it expires. A client that was removed gets none. */
  async #send(notice: Notice): Promise<void> {
    const url = await this.#urlOf(notice.clientId);
    if (url === undefined) return;
    const body = new URLSearchParams({ logout_token: await logOutToken(this.issuer, notice, this.keys.signer) });
    const response = await fetch(url, { method: 'POST', body, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    if (response.status !== 200 && response.status !== 204) throw new Error(`The client answered with ${String(response.status)}.`);
  }

  async #urlOf(clientId: string, tx = this.dataSource.manager): Promise<string | undefined> {
    return (await this.clients.find(clientId, tx))?.backchannel_logout_uri;
  }
}
