import { type Adapter, type AdapterPayload, errors, Provider } from 'oidc-provider';
import { endReason } from './end-reason.ts';
import type { Grants } from './grants.ts';
import type { RefreshAnswers } from './refresh-answers.ts';
import { answerAgain, atTokenEndpoint } from './refresh-retries.ts';
import type { OAuthClients } from '../client/oauth-clients.ts';
import type { RecordStore } from '../record/record-store.ts';

/** The storage adapter of oidc-provider for one of its models. */
export class RecordAdapter implements Adapter {
  constructor(
    readonly model: string,
    readonly records: RecordStore,
    readonly clients: OAuthClients,
    readonly grants: Grants,
    readonly answers: RefreshAnswers,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    await this.records.save(this.model, id, withoutCookie(payload), expiresIn);
  }

  /** Finds a record. At the token endpoint, a refresh token that can be used again is as if unused, so that all other checks are done. */
  async find(id: string): Promise<AdapterPayload | undefined> {
    if (this.model === 'Client') return this.clients.find(id);
    const found = await this.records.find(this.model, id);
    if (found?.consumed === undefined || !(await this.#canRetry(id))) return found;
    return { ...found, consumed: undefined };
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.records.findByUid(this.model, uid);
  }

  /** The device flow is not supported. */
  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * Marks a code or a refresh token as used. A second use ends its grant, unless it is a retry of the first.
   *
   * @throws InvalidGrant
   */
  async consume(id: string): Promise<void> {
    if (await this.records.consume(this.model, id)) return;
    const answer = this.model === 'RefreshToken' && (await this.answers.to(id));
    if (answer) {
      answerAgain(answer);
      throw new errors.InvalidGrant('refresh token used again');
    }
    const { grantId } = (await this.records.find(this.model, id)) ?? {};
    if (grantId !== undefined) await this.grants.end(grantId, 'used_twice');
    throw new errors.InvalidGrant({ detail: `${this.model} used twice` });
  }

  async #canRetry(id: string): Promise<boolean> {
    return this.model === 'RefreshToken' && atTokenEndpoint() && (await this.answers.to(id)) !== undefined;
  }

  /**
   * Deletes a record. oidc-provider deletes an interaction before it logs the user in, so concurrent requests begin one log-in.
   *
   * @throws SessionNotFound if the interaction was deleted before
   */
  async destroy(id: string): Promise<void> {
    if (this.model !== 'Interaction') await this.records.delete(this.model, id);
    else if (!(await this.records.deleteInteraction(id, Provider.ctx?.oidc.session?.uid)))
      throw new errors.SessionNotFound('interaction over');
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.grants.end(grantId, endReason());
  }
}

/** Removes the log-in cookie from an interaction's payload: nothing reads it there. */
function withoutCookie(payload: AdapterPayload): AdapterPayload {
  const { session } = payload;
  if (session?.cookie === undefined) return payload;
  const { cookie: _, ...rest } = session;
  return { ...payload, session: rest };
}
