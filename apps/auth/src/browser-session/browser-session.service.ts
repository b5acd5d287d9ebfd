import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { fail } from '@reputable/errors';
import { Raw, Repository } from 'typeorm';
import { BrowserSession } from './browser-session.entity.ts';
import { browserSessionChanged, browserSessionNotFound } from './browser-session.errors.ts';

/** How long a gateway may hold a session, in seconds. */
const HOLD_S = 5;

/** The condition for an unexpired session, by the clock of the database, which all replicas share. */
const unexpired = () => Raw((expiresAt) => `${expiresAt} > clock_timestamp()`);

/** Stores the gateway's browser sessions. One gateway at a time may hold a session to change it: the one that updates the row first. */
@Injectable()
export class BrowserSessionService {
  constructor(@InjectRepository(BrowserSession) readonly sessions: Repository<BrowserSession>) {}

  /** Creates a session. Never overwrites an existing one. */
  async create(session: Pick<BrowserSession, 'idHash' | 'sealed' | 'expiresAt'>): Promise<void> {
    const inserted = await this.sessions.createQueryBuilder().insert().values(session).orIgnore().returning('version').execute();
    if ((inserted.raw as unknown[]).length === 0) throw browserSessionChanged();
  }

  async get(idHash: Buffer): Promise<BrowserSession> {
    return (await this.sessions.findOneBy({ idHash, expiresAt: unexpired() })) ?? fail(browserSessionNotFound());
  }

  /** Holds this version of a session, unless another gateway holds it or has changed it. */
  async hold(idHash: Buffer, version: number): Promise<{ held: boolean; session: BrowserSession }> {
    const free = Raw((heldUntil) => `(${heldUntil} IS NULL OR ${heldUntil} <= clock_timestamp())`);
    const { affected } = await this.sessions.update(
      { idHash, version, heldUntil: free, expiresAt: unexpired() },
      { heldUntil: () => `clock_timestamp() + make_interval(secs => ${String(HOLD_S)})` },
    );
    return { held: affected === 1, session: await this.get(idHash) };
  }

  /** Changes a session if it still has this version, and releases the hold. */
  async replace(idHash: Buffer, version: number, sealed: Buffer): Promise<BrowserSession> {
    const changes = { sealed, version: version + 1, heldUntil: null };
    const { affected } = await this.sessions.update({ idHash, version, expiresAt: unexpired() }, changes);
    const session = await this.get(idHash);
    return affected === 1 ? session : fail(browserSessionChanged());
  }

  async delete(idHash: Buffer): Promise<void> {
    await this.sessions.delete({ idHash });
  }
}
