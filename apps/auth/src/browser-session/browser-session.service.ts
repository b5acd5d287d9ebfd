import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { fail } from '@reputable/errors';
import { Raw, Repository } from 'typeorm';
import { BrowserSession } from './browser-session.entity.ts';
import { browserSessionChanged, browserSessionNotFound } from './browser-session.errors.ts';

/** How long one gateway may take to change a session before another one may, in seconds. */
const HOLD_S = 5;

/** That its time is not up. All replicas go by the clock of the database. */
const unexpired = () => Raw((expiresAt) => `${expiresAt} > clock_timestamp()`);

/** Browser sessions. Whose turn it is to change one is decided by its row: whoever updates it first. */
@Injectable()
export class BrowserSessionService {
  constructor(@InjectRepository(BrowserSession) readonly sessions: Repository<BrowserSession>) {}

  /** Keeps a new one. What is there already is never overwritten. */
  async create(session: Pick<BrowserSession, 'idHash' | 'sealed' | 'expiresAt'>): Promise<void> {
    const inserted = await this.sessions.createQueryBuilder().insert().values(session).orIgnore().returning('version').execute();
    if ((inserted.raw as unknown[]).length === 0) throw browserSessionChanged();
  }

  async get(idHash: Buffer): Promise<BrowserSession> {
    return (await this.sessions.findOneBy({ idHash, expiresAt: unexpired() })) ?? fail(browserSessionNotFound());
  }

  /** Lets the caller change this version of a session, unless somebody else may right now, or has. */
  async hold(idHash: Buffer, version: number): Promise<{ held: boolean; session: BrowserSession }> {
    const free = Raw((heldUntil) => `(${heldUntil} IS NULL OR ${heldUntil} <= clock_timestamp())`);
    const { affected } = await this.sessions.update(
      { idHash, version, heldUntil: free, expiresAt: unexpired() },
      { heldUntil: () => `clock_timestamp() + make_interval(secs => ${String(HOLD_S)})` },
    );
    return { held: affected === 1, session: await this.get(idHash) };
  }

  /** Changes a session, if it still is this version of it, and lets go of it. */
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
