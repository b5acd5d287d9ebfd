import { CertificateWatch, type Client, type ClientIdentity, openClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { PostService } from '@reputable/contracts/post/v1/post';
import { SERVICES, TRUST_DOMAIN } from '@reputable/contracts/registry';
import type { Person } from '@reputable/dev';
import { DomainError } from '@reputable/errors';
import { join } from 'node:path';
import { carrying, NO_IDENTITY } from '../call-server.ts';
import { plainly, SCHEMES } from './forwarded.ts';
import type { TrustSystem } from './trust-system.ts';
import type { Way } from './way.ts';

/** What a call achieved: `through`, or the reason of the refusal. */
export type Outcome = 'through' | (string & {});

/** Whoever sends calls from inside the network, with the certificate of a service or without one. */
export class Insider {
  readonly #auth: Client<typeof AuthService>;
  readonly #post: Client<typeof PostService>;

  private constructor({ ports }: TrustSystem, identity: ClientIdentity) {
    this.#auth = openClient({ contract: AuthService, service: 'auth', url: `localhost:${ports.auth}` }, identity).client;
    this.#post = openClient({ contract: PostService, service: 'post', url: `localhost:${ports.post}` }, identity).client;
  }

  /** @param service the owner of the certificate; none if undefined */
  static async open(system: TrustSystem, service?: string): Promise<Insider> {
    if (service === undefined) return new Insider(system, NO_IDENTITY);
    return new Insider(system, await CertificateWatch.open({ folder: join(system.pki.dir, service), service, trustDomain: TRUST_DOMAIN }));
  }

  /** What services see of a user who has just sent a request. */
  async seen(way: Way, person: Person): Promise<string> {
    if (way === 'asking' || way === 'cached') return SCHEMES[way] + person.token;
    if (way === 'trusting')
      return plainly({ id: person.id, roles: [], reputation: 1, scopes: ['posts:write'], sessionId: '', clientId: '' });
    const { accessToken } = await this.#auth.exchangeToken({ subjectToken: person.token, audience: [...SERVICES] });
    return `Bearer ${accessToken}`;
  }

  /** Writes a post at the post service itself, with this identity. */
  write(authorization: string): Promise<Outcome> {
    return this.#attempt(authorization, () => this.#post.createPost({ title: 'A post', body: 'From inside.' }));
  }

  /** Deletes somebody's post at the post service itself, which is for moderators. */
  delete(authorization: string, id: string): Promise<Outcome> {
    return this.#attempt(authorization, () => this.#post.deletePost({ id }));
  }

  async #attempt(authorization: string, call: () => Promise<unknown>): Promise<Outcome> {
    try {
      await carrying(authorization, call);
      return 'through';
    } catch (error) {
      return error instanceof DomainError ? error.reason : String(error);
    }
  }
}
