import { Logger } from '@nestjs/common';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { SessionService } from '../session/session.service.ts';
import { endReason } from './end-reason.ts';
import type { OAuthClients } from './oauth-clients.ts';
import type { RecordStore } from './record-store.ts';

/** Where oidc-provider keeps the records of a model. */
export class RecordAdapter implements Adapter {
  readonly #log = new Logger('oauth');

  constructor(
    readonly model: string,
    readonly records: RecordStore,
    readonly clients: OAuthClients,
    readonly sessions: SessionService,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    await this.records.keep(this.model, id, withoutCookie(payload), expiresIn);
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return this.model === 'Client' ? this.clients.find(id) : this.records.find(this.model, id);
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.records.findByUid(this.model, uid);
  }

  /** There is no device flow. */
  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * Uses up a code or a refresh token. Whoever comes second has a copy, or the first one had: nobody can tell, so the session ends
   * (RFC 9700 §4.14.2, RFC 6749 §4.1.2).
   *
   * @throws InvalidGrant
   */
  async consume(id: string): Promise<void> {
    if (await this.records.consume(this.model, id)) return;
    const { grantId } = (await this.records.find(this.model, id)) ?? {};
    if (grantId !== undefined) {
      this.#log.warn({ msg: 'something that is good for one use came twice: the session is ended', model: this.model, session: grantId });
      await this.sessions.endGrant(grantId, 'used_twice');
    }
    throw new errors.InvalidGrant({ detail: `${this.model} came twice` });
  }

  destroy(id: string): Promise<void> {
    return this.records.forget(this.model, id);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.sessions.endGrant(grantId, endReason());
  }
}

/** An interaction names the log-in it is part of, with its cookie, for which there is no use. */
function withoutCookie(payload: AdapterPayload): AdapterPayload {
  const { session } = payload;
  if (session?.cookie === undefined) return payload;
  const { cookie: _, ...rest } = session;
  return { ...payload, session: rest };
}
