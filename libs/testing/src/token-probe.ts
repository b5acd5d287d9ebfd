import { AuthenticatedUser, CertificateWatch, type Client, openClient, runInCall } from '@reputable/auth';
import { SCOPES } from '@reputable/contracts';
import { type GrpcServiceName, SERVICES, TRUST_DOMAIN } from '@reputable/contracts/registry';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import type { DomainError } from '@reputable/errors';
import { join } from 'node:path';
import { PATIENCE_MS } from './config.ts';

/** The addresses and certificates of a running system. */
export interface ProbedSystem {
  readonly ports: Readonly<Record<GrpcServiceName, number>>;
  readonly urls: { readonly graphql: string };
  readonly pki: { readonly dir: string };
}

/** An id without rows: the list of its comments is empty. */
const NOBODY = '00000000-0000-7000-8000-000000000000';

/** The format of an opaque token. */
const OPAQUE = /^[\w-]{43}$/;

/**
 * Tests a token at the gateway and directly at every service, with a read that accepts every valid token. For services it exchanges an opaque
 * token for a JWT.
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
      const config = { contract, service, url: `localhost:${String(ports[service])}`, deadlineMs: PATIENCE_MS };
      const channel = openClient<S>(config, certificate);
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
      runInCall({ user: PLACEHOLDER.user, peer: undefined, token: { ...PLACEHOLDER, authorization }, deadline: Infinity }, call);
    this.#reads = new Map([
      ['gateway', (authorization: string) => askGateway(urls.graphql, authorization)],
      ['auth', carry(() => clients.auth.listSessions({ pageSize: 1 }))],
      ['user', carry(() => clients.user.listUsers({ pageSize: 1 }))],
      ['post', carry(() => clients.post.listPosts({ pageSize: 1 }))],
      ['comment', carry(() => clients.comment.listComments({ postId: NOBODY, pageSize: 1 }))],
    ]);
  }

  /** Opens a probe of a running system, with a copy of the gateway's certificate. */
  static async open(system: ProbedSystem): Promise<TokenProbe> {
    const source = { folder: join(system.pki.dir, 'gateway'), service: 'gateway', trustDomain: TRUST_DOMAIN };
    return new TokenProbe(system, await CertificateWatch.open(source));
  }

  /** The gateway and the services that the probe can test. */
  get places(): readonly string[] {
    return [...this.#reads.keys()];
  }

  /** Tests a token at one place: `yes`, or the reason of the error. Exchanges an opaque token for a service. */
  async at(place: string, token: string): Promise<string> {
    return this.show(place, place === 'gateway' || !OPAQUE.test(token) ? token : await this.signed(token));
  }

  /** Tests this very token at one place, without an exchange. */
  show(place: string, token: string): Promise<string> {
    return (this.#reads.get(place)?.(`Bearer ${token}`) ?? Promise.reject(new Error(place))).then(
      () => 'yes',
      (error: unknown) => (error as DomainError).reason,
    );
  }

  /** The JWT of the first exchange of an opaque token, as an attacker could have stolen it. */
  signed(token: string): Promise<string> {
    const known = this.#signed.get(token);
    if (known) return known;
    const signed = this.exchange(token);
    this.#signed.set(token, signed);
    signed.catch(() => this.#signed.delete(token));
    return signed;
  }

  /** A new JWT for an opaque token, as the gateway gets it. */
  async exchange(token: string): Promise<string> {
    return (await this.#auth.exchangeToken({ subjectToken: token, audience: [...SERVICES] })).accessToken;
  }

  /** Tests a token at every place. */
  async everywhere(token: string): Promise<Record<string, string>> {
    return Object.fromEntries(await Promise.all(this.places.map(async (place) => [place, await this.at(place, token)] as const)));
  }

  close(): void {
    for (const channel of this.#channels) channel.close();
  }
}

/** Asks for the user: other reads are served without one while the token cannot be checked. */
async function askGateway(url: string, authorization: string): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization };
  const { errors } = (await (await fetch(url, { method: 'POST', headers, body: '{"query":"{ me { id } }"}' })).json()) as {
    errors?: { extensions: { reason: string } }[];
  };
  if (errors?.[0]) throw Object.assign(new Error('refused'), { reason: errors[0].extensions.reason });
}

/** A context for the client, which only forwards the token. The services read the user from the token. */
const PLACEHOLDER = {
  issuedAt: 0,
  expiresAt: Infinity,
  freshUntil: Infinity,
  user: new AuthenticatedUser({ id: NOBODY, roles: [], reputation: 1, scopes: SCOPES, sessionId: '', clientId: '' }),
};
