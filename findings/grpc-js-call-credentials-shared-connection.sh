#!/usr/bin/env bash
# A grpc-js client sends the call credentials of another client whose list of credentials begins with its own
#
# Packages: @grpc/grpc-js 1.14.7, @peculiar/x509 2.2.0
# Expected: `credentials.combineChannelCredentials(ssl, user, trace)` attaches the metadata of `user` and `trace` to the calls
#           of its client, whatever other clients of the process do
#           (https://grpc.github.io/grpc/node/grpc.credentials.html).
# Seen:     grpc-js keeps call credentials with the connection and compares two lists element by element, as far as the
#           shorter list of the new client goes. If a client with (user, trace, tenant) is open, a new client with
#           (user, trace) shares its connection and sends the tenant too. In the other order the connections are separate.
# Matters:  Which identity a service claims depends on the order in which its clients connect. Give each client its own `ssl`
#           object or `grpc.use_local_subchannel_pool`, or attach identity in a client interceptor.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @grpc/grpc-js@1.14.7 @peculiar/x509@2.2.0 \
  reflect-metadata@0.2.2 >/dev/null

cat >probe.js <<'JS'
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { CallCredentials, Client, credentials, Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import * as x509 from '@peculiar/x509';

setTimeout(() => process.exit(2), 40_000).unref();
x509.cryptoProvider.set(webcrypto);
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
const authorityKeys = await newKeys();
const authority = await x509.X509CertificateGenerator.createSelfSigned({
  name: 'CN=authority',
  keys: authorityKeys,
  signingAlgorithm: algorithm,
  extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
});
async function issue(name) {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: authority.subject,
    signingKey: authorityKeys.privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
  });
  const privateKey = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { certificate: Buffer.from(certificate.toString('pem')), privateKey: Buffer.from(privateKey) };
}
const caCertificate = Buffer.from(authority.toString('pem'));
const serverIdentity = await issue('server');

const identity = (bytes) => bytes;
const path = '/probe.Probe/Call';
const serialization = {
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
};
const names = ['user', 'trace', 'tenant'];
const server = new Server();
server.addService(
  { Call: { path, requestStream: false, responseStream: false, ...serialization } },
  { Call: (call, answer) => answer(null, Buffer.from(names.filter((name) => call.metadata.get(name).length > 0).join())) },
);
const keyPair = { private_key: serverIdentity.privateKey, cert_chain: serverIdentity.certificate };
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(null, [keyPair]), (error, bound) => (error ? reject(error) : resolve(bound))),
);

const attaching = (name) =>
  CallCredentials.createFromMetadataGenerator((_options, done) => {
    const metadata = new Metadata();
    metadata.set(name, 'present');
    done(null, metadata);
  });
const [user, trace, tenant] = names.map(attaching);
const open = (ssl, callCredentials, options = {}) =>
  new Client(`127.0.0.1:${port}`, credentials.combineChannelCredentials(ssl, ...callCredentials), {
    'grpc.ssl_target_name_override': 'localhost',
    ...options,
  });
const sentBy = (client) =>
  new Promise((resolve, reject) =>
    client.makeUnaryRequest(path, identity, identity, Buffer.alloc(0), new Metadata(), {}, (error, bytes) =>
      error ? reject(error) : resolve(bytes.toString()),
    ),
  );
/** What the clients send that open one after the other and share `ssl`. */
async function inOrder(...clients) {
  const ssl = credentials.createSsl(caCertificate);
  const sent = [];
  const opened = [];
  for (const [callCredentials, options] of clients) {
    const client = open(ssl, callCredentials, options);
    opened.push(client);
    sent.push(await sentBy(client));
  }
  for (const client of opened) client.close();
  return sent;
}

const two = [[user, trace]];
const three = [[user, trace, tenant]];
const shortFirst = await inOrder(two, three);
const longFirst = await inOrder(three, two);
const separate = await inOrder(three, [...two, { 'grpc.use_local_subchannel_pool': 1 }]);
server.forceShutdown();

console.log('The client with (user, trace) sends:');
console.log('  opened first:                                       ', shortFirst[0]);
console.log('  opened after the client with (user, trace, tenant): ', longFirst[1]);
console.log('  the same with grpc.use_local_subchannel_pool:       ', separate[1]);
const same = shortFirst.join(';') === 'user,trace;user,trace,tenant' && longFirst[1] === 'user,trace,tenant' && separate[1] === 'user,trace';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
