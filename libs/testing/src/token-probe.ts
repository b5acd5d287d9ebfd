import { AuthenticatedUser, CertificateWatch, type Client, openClient, runInCall } from '@reputable/auth';
import { type GrpcServiceName, SERVICES, TRUST_DOMAIN } from '@reputable/contracts/registry';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import type { DomainError } from '@reputable/errors';
import { join } from 'node:path';

/** Where a system is. */
export interface ProbedSystem {
  readonly ports: Readonly<Record<GrpcServiceName, number>>;
  readonly urls: { readonly graphql: string };
  readonly pki: { readonly dir: string };
}

/** Some id: lists of what nobody has are read, too. */
const NOBODY = '00000000-0000-7000-8000-000000000000';

/** An opaque token, as clients hold them. */
const OPAQUE = /^[\w-]{43}$/;

/**
 * Shows a token at the gateway, and straight at every service, with a read that takes any token that is good. An opaque one is shown to
 * services as the signed one that it stands for.
 */
export class TokenProbe {
  readonly #channels: { readonly close: () => void }[] = [];
  readonly #reads: ReadonlyMap<string, (authorization: string) => Promise<unknown>>;
  readonly #auth: Client<typeof AuthService>;
  readonly #signed = new Map<string, Promise<string>>();

  private constructor({ ports, urls }: ProbedSystem, certificate: CertificateWatch) {
    const open = <S extends typeof AuthService | typeof UserService | typeof PostService | typeof CommentService>(
      contract: S,
      service: keyof typeof ports,
    ): Client<S> => {
      const channel = openClient<S>({ contract, service, url: `localhost:${String(ports[service])}` }, certificate);
      this.#channels.push(channel);
      return channel.client;
    };
    const clients = {
      auth: open(AuthService, 'auth'),
      user: open(UserService, 'user'),
      post: open(PostService, 'post'),
      comment: open(CommentService, 'comment'),
    };
    this.#channels.push(certificate);
    this.#auth = clients.auth;
    const carry = (call: () => Promise<unknown>) => (authorization: string) =>
      runInCall({ user: UNSAID.user, peer: undefined, token: { ...UNSAID, authorization }, deadline: Infinity }, call);
    this.#reads = new Map([
      ['gateway', (authorization: string) => askGateway(urls.graphql, authorization)],
      ['auth', carry(() => clients.auth.listSessions({ pageSize: 1 }))],
      ['user', carry(() => clients.user.listUsers({ pageSize: 1 }))],
      ['post', carry(() => clients.post.listPosts({ pageSize: 1 }))],
      ['comment', carry(() => clients.comment.listComments({ postId: NOBODY, pageSize: 1 }))],
    ]);
  }

  /** For a system that runs: with a copy of the gateway's certificate. */
  static async open(system: ProbedSystem): Promise<TokenProbe> {
    const source = { folder: join(system.pki.dir, 'gateway'), service: 'gateway', trustDomain: TRUST_DOMAIN };
    return new TokenProbe(system, await CertificateWatch.open(source));
  }

  /** The names of all that are asked. */
  get places(): readonly string[] {
    return [...this.#reads.keys()];
  }

  /** What one of them says of a token, `yes` or the reason it is refused for: a service, of the signed one that an opaque one stands for. */
  async at(place: string, token: string): Promise<string> {
    return this.show(place, place === 'gateway' || !OPAQUE.test(token) ? token : await this.signed(token));
  }

  /** What one of them says of this very token. */
  show(place: string, token: string): Promise<string> {
    return (this.#reads.get(place)?.(`Bearer ${token}`) ?? Promise.reject(new Error(place))).then(
      () => 'yes',
      (error: unknown) => (error as DomainError).reason,
    );
  }

  /** The signed token that an opaque one stood for when it was first asked about: what somebody holds who has stolen it on the way. */
  signed(token: string): Promise<string> {
    const known = this.#signed.get(token);
    if (known) return known;
    const signed = this.exchange(token);
    this.#signed.set(token, signed);
    signed.catch(() => this.#signed.delete(token));
    return signed;
  }

  /** A new signed token for an opaque one, as the gateway gets it. */
  async exchange(token: string): Promise<string> {
    return (await this.#auth.exchangeToken({ subjectToken: token, audience: [...SERVICES] })).accessToken;
  }

  /** What each of them says of a token. */
  async everywhere(token: string): Promise<Record<string, string>> {
    return Object.fromEntries(await Promise.all(this.places.map(async (place) => [place, await this.at(place, token)] as const)));
  }

  close(): void {
    for (const channel of this.#channels) channel.close();
  }
}

async function askGateway(url: string, authorization: string): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization };
  const { errors } = (await (await fetch(url, { method: 'POST', headers, body: '{"query":"{ __typename }"}' })).json()) as {
    errors?: { extensions: { reason: string } }[];
  };
  if (errors?.[0]) throw Object.assign(new Error('refused'), { reason: errors[0].extensions.reason });
}

/** The clients only carry the token; what it says is for the services to find out. */
const UNSAID = {
  issuedAt: 0,
  expiresAt: Infinity,
  user: new AuthenticatedUser({ id: NOBODY, roles: [], reputation: 1, scopes: [], sessionId: '', clientId: '' }),
};
