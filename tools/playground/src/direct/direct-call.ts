import { CertificateWatch, type Client, openClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { PostService } from '@reputable/contracts/post/v1/post';
import { type ServiceName, TRUST_DOMAIN } from '@reputable/contracts/registry';
import { join } from 'node:path';
import type { Inside } from './inside.ts';
import { placeUnaryCall } from './unary-call.ts';

const { upvotePost: UpvotePost, deletePost: DeletePost, getPost: GetPost } = PostService.method;
const RPCS = { UpvotePost, DeletePost, GetPost };

/** A running system, as far as calls need it. */
export interface Surroundings {
  readonly ports: Inside['ports'];
  readonly pki: Pick<Inside['pki'], 'dir'>;
}

/** The identities that a direct call shows. */
export interface Shown {
  /** The service whose certificate it shows; the gateway unless given. */
  readonly service?: ServiceName;
  readonly token?: string | undefined;
  /** Further metadata. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls post without the gateway. Rejects with a DomainError. */
export async function callPost(system: Surroundings, rpc: keyof typeof RPCS, request: object, shown: Shown): Promise<void> {
  const { service = 'gateway', ...call } = shown;
  const certificate = await certificateOf(system, service);
  await placeUnaryCall(certificate, { ...call, service: 'post', port: system.ports.post, rpc: RPCS[rpc], request });
}

/** Exchanges an opaque token for a JWT for these services, with the gateway's certificate. */
export const exchangeToken = (system: Surroundings, subjectToken: string, audience: readonly string[]): Promise<string> =>
  askAuth(system, async (auth) => (await auth.exchangeToken({ subjectToken, audience: [...audience] })).accessToken);

/** Exchanges an opaque token for a Transaction Token for reads, as the gateway does with `TOKENS_INSIDE=txn`. */
export const issueTransactionToken = (system: Surroundings, token: string, scope: string): Promise<string> =>
  askAuth(system, async (auth) => {
    const { accessToken: subjectToken } = await auth.exchangeToken({ subjectToken: token, audience: ['gateway', 'auth'] });
    return (await auth.issueTransactionToken({ subjectToken, audience: TRUST_DOMAIN, scope })).accessToken;
  });

/** Calls auth with the gateway's certificate. */
async function askAuth(system: Surroundings, ask: (auth: Client<typeof AuthService>) => Promise<string>): Promise<string> {
  const certificate = await certificateOf(system, 'gateway');
  const url = `localhost:${String(system.ports.auth)}`;
  const { client, close } = openClient({ contract: AuthService, service: 'auth', url }, certificate);
  try {
    return await ask(client);
  } finally {
    close();
    certificate.close();
  }
}

const certificateOf = ({ pki }: Pick<Surroundings, 'pki'>, service: ServiceName) =>
  CertificateWatch.open({ folder: join(pki.dir, service), service, trustDomain: TRUST_DOMAIN });
