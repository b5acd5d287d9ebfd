import { CertificateWatch, type Client, type ClientIdentity, openClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { type ServiceName, SERVICES, TRUST_DOMAIN } from '@reputable/contracts/registry';
import { UserService } from '@reputable/contracts/user/v1/user';
import type { Person } from '@reputable/dev';
import { DomainError } from '@reputable/errors';
import { decodeJwt } from 'jose';
import { join } from 'node:path';
import { carrying, NO_IDENTITY } from '../call-server.ts';
import { plainly, SCHEMES } from './forwarded.ts';
import type { TrustSystem } from './trust-system.ts';
import type { Way } from './way.ts';

/** What a call achieved: `through`, or the reason of the refusal. */
export type Outcome = 'through' | (string & {});

/** The clients of an attacker. */
interface Clients {
  readonly auth: Client<typeof AuthService>;
  readonly user: Client<typeof UserService>;
  readonly post: Client<typeof PostService>;
  readonly comment: Client<typeof CommentService>;
}

/** The rpc that an attacker writes a post with. */
export const CREATE_POST = `${PostService.typeName}/CreatePost`;

/** Whoever sends calls from inside the network, with the certificate of a service or without one. */
export class Insider {
  private constructor(
    readonly clients: Clients,
    readonly certificate?: CertificateWatch,
  ) {}

  /** @param service the owner of the certificate; none if undefined */
  static async open(system: TrustSystem, service?: ServiceName): Promise<Insider> {
    if (service === undefined) return new Insider(clientsOf(system, NO_IDENTITY));
    const folder = join(system.pki.dir, service);
    const certificate = await CertificateWatch.open({ folder, service, trustDomain: TRUST_DOMAIN });
    return new Insider(clientsOf(system, certificate), certificate);
  }

  /** Ends the watch of the certificate. */
  close(): void {
    this.certificate?.close();
  }

  /**
   * The credential that the gateway sends for a user who has just sent a request.
   *
   * @param rpc the rpc with side effects that it calls; undefined for reads
   */
  async seen(way: Way, person: Person, rpc = ''): Promise<string> {
    if (way === 'asking' || way === 'cached') return SCHEMES[way] + person.token;
    if (way === 'trusting')
      return plainly({ id: person.id, roles: [], reputation: 1, scopes: ['posts:write'], sessionId: '', clientId: '' });
    const audience = way === 'txn' ? ['gateway', 'auth'] : [...SERVICES];
    const { accessToken: jwt } = await this.clients.auth.exchangeToken({ subjectToken: person.token, audience });
    if (way === 'ours') return `Bearer ${jwt}`;
    const request = { subjectToken: jwt, audience: TRUST_DOMAIN, scope: String(decodeJwt(jwt)['scope']), rpc };
    return `Bearer ${(await this.clients.auth.issueTransactionToken(request)).accessToken}`;
  }

  /** Writes a post at the post service itself, with this identity. */
  write(authorization: string): Promise<Outcome> {
    return this.attempt(authorization, ({ post }) => post.createPost({ title: 'A post', body: 'From inside.' }));
  }

  /** Reads a post at the post service itself, with this identity: the response has the user's vote. */
  read(authorization: string, id: string): Promise<Outcome> {
    return this.attempt(authorization, ({ post }) => post.getPost({ id }));
  }

  /** Deletes somebody's post at the post service itself, which is for moderators. */
  delete(authorization: string, id: string): Promise<Outcome> {
    return this.attempt(authorization, ({ post }) => post.deletePost({ id }));
  }

  /** Places a call with this identity. */
  async attempt(authorization: string, call: (clients: Clients) => Promise<unknown>): Promise<Outcome> {
    try {
      await carrying(authorization, () => call(this.clients));
      return 'through';
    } catch (error) {
      return error instanceof DomainError ? error.reason : String(error);
    }
  }
}

function clientsOf({ ports }: TrustSystem, identity: ClientIdentity): Clients {
  const url = (service: keyof Clients) => `localhost:${ports[service]}`;
  return {
    auth: openClient({ contract: AuthService, service: 'auth', url: url('auth') }, identity).client,
    user: openClient({ contract: UserService, service: 'user', url: url('user') }, identity).client,
    post: openClient({ contract: PostService, service: 'post', url: url('post') }, identity).client,
    comment: openClient({ contract: CommentService, service: 'comment', url: url('comment') }, identity).client,
  };
}
