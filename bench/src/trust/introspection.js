/** Introspection (RFC 7662) by gRPC and mutual TLS, as the services of "asking" use it. */
import { Client, Server, status } from '@grpc/grpc-js';
import { CertificateWatch, serverCredentials, TokenRefusal } from '@reputable/auth';
import { Code, DomainError } from '@reputable/errors';

/** The actor of an exchange that is an introspection. */
export const INTROSPECTION = 'introspection';

const PATH = '/bench.Introspection/Introspect';
const DEADLINE_MS = 2_000;

const encode = (value) => Buffer.from(JSON.stringify(value));
const decode = (bytes) => JSON.parse(bytes.toString());

const certificate = (service) => {
  const { TLS_DIR: folder, TRUST_DOMAIN: trustDomain } = process.env;
  return CertificateWatch.open({ folder, service, trustDomain });
};

/** Serves introspection beside auth's rpcs. */
export async function serveIntrospection(answer) {
  const server = new Server();
  const method = { path: PATH, requestStream: false, responseStream: false };
  const codecs = { requestSerialize: encode, requestDeserialize: decode, responseSerialize: encode, responseDeserialize: decode };
  const introspect = ({ request }, callback) => {
    answer(request).then(
      (claims) => callback(null, { active: true, ...claims }),
      (error) => callback(error instanceof DomainError && error.code === Code.UNAUTHENTICATED ? null : error, { active: false }),
    );
  };
  server.addService({ introspect: { ...method, ...codecs } }, { introspect });
  const { INTROSPECTION_PORT: port } = process.env;
  server.bindAsync(`127.0.0.1:${port}`, serverCredentials(await certificate('auth')), (error) => {
    if (error) throw error;
  });
}

let client;

/** The claims of an opaque token, from auth. */
export async function introspect(token) {
  client ??= certificate(process.env.SERVICE).then((own) => new Client(`localhost:${process.env.INTROSPECTION_PORT}`, own.credentialsFor('auth')));
  const channel = await client;
  const { promise, resolve, reject } = Promise.withResolvers();
  channel.makeUnaryRequest(PATH, encode, decode, token, { deadline: Date.now() + DEADLINE_MS }, (error, response) => {
    if (error) reject(error);
    else resolve(response);
  });
  const { active, ...claims } = await promise;
  if (!active) throw new TokenRefusal(new DomainError(Code.UNAUTHENTICATED, 'TOKEN_INVALID', 'Auth says that the token is not active.'), 'inactive');
  return claims;
}
