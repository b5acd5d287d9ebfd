import { Client, Server } from '@grpc/grpc-js';
import { CertificateWatch, RECONNECTS, serverCredentials, TokenRefusal } from '@reputable/auth';
import { Code, DomainError, fromServiceError } from '@reputable/errors';
import type { Claims } from './forwarded.ts';

/** The actor of an exchange that is an introspection. */
export const INTROSPECTION = 'introspection';

/** The path of the rpc. */
export const PATH = '/bench.Introspection/Introspect';

/** The clients of `libs/auth` connect as soon again, and give up a silent connection as soon. */
const CONNECTION = { ...RECONNECTS, 'grpc.keepalive_time_ms': 3_000, 'grpc.keepalive_timeout_ms': 1_500 };

/** An answer (RFC 7662 §2.2), with our claims. */
type Answer = Partial<Claims> & { readonly active: boolean };

const { SERVICE = '', TLS_DIR = '', TRUST_DOMAIN = '', INTROSPECTION_PORT = '', DEADLINE_MS = '2000' } = process.env;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value));
const decode = <T>(bytes: Buffer) => JSON.parse(bytes.toString()) as T;

const openCertificate = () => CertificateWatch.open({ folder: TLS_DIR, service: SERVICE, trustDomain: TRUST_DOMAIN });

/** Serves introspection (RFC 7662) by gRPC and mutual TLS, beside auth's rpcs. `answer` rejects for a token that is not active. */
export async function serveIntrospection(answer: (token: string) => Promise<Claims>): Promise<void> {
  const server = new Server();
  const codecs = { requestSerialize: encode, requestDeserialize: decode, responseSerialize: encode, responseDeserialize: decode };
  const introspect = ({ request }: { request: string }, callback: (error: Error | null, response?: Answer) => void) => {
    answer(request).then(
      (claims) => callback(null, { active: true, ...claims }),
      (error: unknown) => (isInactive(error) ? callback(null, { active: false }) : callback(error as Error)),
    );
  };
  server.addService({ introspect: { path: PATH, requestStream: false, responseStream: false, ...codecs } }, { introspect });
  server.bindAsync(`127.0.0.1:${INTROSPECTION_PORT}`, serverCredentials(await openCertificate()), (error) => {
    if (error) throw error;
  });
}

const isInactive = (error: unknown) => error instanceof DomainError && error.code === Code.UNAUTHENTICATED;

let client: Promise<Client> | undefined;

/**
 * The claims of an opaque token, from auth.
 *
 * @throws TokenRefusal if the token is not active, DomainError if auth does not answer
 */
export async function introspect(token: string): Promise<Claims> {
  client ??= openCertificate().then((own) => new Client(`localhost:${INTROSPECTION_PORT}`, own.credentialsFor('auth'), CONNECTION));
  const channel = await client;
  const { promise, resolve, reject } = Promise.withResolvers<Answer | undefined>();
  const deadline = Date.now() + Number(DEADLINE_MS);
  channel.makeUnaryRequest(PATH, encode, decode<Answer>, token, { deadline }, (error, response) => {
    if (error) reject(fromServiceError(error, 'auth'));
    else resolve(response);
  });
  const answer = await promise;
  if (answer?.active) return answer as unknown as Claims;
  throw new TokenRefusal(new DomainError(Code.UNAUTHENTICATED, 'TOKEN_INVALID', 'The token is not active.'), 'not active');
}
