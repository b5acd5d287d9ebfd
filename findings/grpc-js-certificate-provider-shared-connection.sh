#!/usr/bin/env bash
# New grpc-js channel credentials over the same certificate provider reuse a connection with the old certificate
#
# Packages: @grpc/grpc-js 1.14.7, @peculiar/x509 2.2.0
# Expected: A new client with new credentials opens a new connection, as it does with `credentials.createSsl`. It presents
#           the certificate that the provider delivers now.
# Seen:     grpc-js compares two provider credentials by their provider, not by their certificates, and shares connections
#           over the whole process. While the old client is open, the new client uses its connection, and the server sees
#           the old certificate. `grpc.use_local_subchannel_pool` or a different `checkServerIdentity` function separates
#           them.
# Matters:  A rotation that opens the new client before it closes the old one presents the old certificate for as long as the
#           channel is busy. A server that checks revocation on each call refuses these calls after the rotation. Closing
#           the old client first works.
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
import { Client, credentials, experimental, Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
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
const [serverIdentity, before, after] = [await issue('server'), await issue('certificate-1'), await issue('certificate-2')];

const identity = (bytes) => bytes;
const path = '/probe.Probe/WhoAmI';
const serialization = {
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
};
const server = new Server();
server.addService(
  { WhoAmI: { path, requestStream: false, responseStream: false, ...serialization } },
  { WhoAmI: (call, answer) => answer(null, Buffer.from(call.getAuthContext().sslPeerCertificate.subject.CN)) },
);
const keyPair = { private_key: serverIdentity.privateKey, cert_chain: serverIdentity.certificate };
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(caCertificate, [keyPair], true), (error, bound) =>
    error ? reject(error) : resolve(bound),
  ),
);

class Provider {
  listeners = new Set();
  current = before;
  addCaCertificateListener(listener) {
    process.nextTick(listener, { caCertificate });
  }
  removeCaCertificateListener() {}
  addIdentityCertificateListener(listener) {
    this.listeners.add(listener);
    process.nextTick(listener, this.current);
  }
  removeIdentityCertificateListener(listener) {
    this.listeners.delete(listener);
  }
  rotate(next) {
    this.current = next;
    for (const listener of this.listeners) listener(next);
  }
}
const target = { 'grpc.ssl_target_name_override': 'localhost' };
const open = (channelCredentials, options = {}) => new Client(`127.0.0.1:${port}`, channelCredentials, { ...target, ...options });
const whoAmI = (client) =>
  new Promise((resolve, reject) =>
    client.makeUnaryRequest(path, identity, identity, Buffer.alloc(0), new Metadata(), {}, (error, bytes) =>
      error ? reject(error) : resolve(bytes.toString()),
    ),
  );

const provider = new Provider();
const fromProvider = (options) => experimental.createCertificateProviderChannelCredentials(provider, provider, options);
const seen = {};
const old = open(fromProvider());
seen['old client, before the rotation'] = await whoAmI(old);
provider.rotate(after);
const beside = open(fromProvider());
seen['new client and credentials, old client still open'] = await whoAmI(beside);
const separate = open(fromProvider(), { 'grpc.use_local_subchannel_pool': 1 });
seen['the same with grpc.use_local_subchannel_pool'] = await whoAmI(separate);
const checked = open(fromProvider({ checkServerIdentity: () => undefined }));
seen['new client with a function as checkServerIdentity'] = await whoAmI(checked);
for (const client of [old, beside, separate, checked]) client.close();
const next = open(fromProvider());
seen['new client and credentials, old client closed'] = await whoAmI(next);
const fromPem = (material) => credentials.createSsl(caCertificate, material.privateKey, material.certificate);
const oldPem = open(fromPem(before));
await whoAmI(oldPem);
const newPem = open(fromPem(after));
seen['new client with createSsl, old client still open'] = await whoAmI(newPem);
for (const client of [next, oldPem, newPem]) client.close();
server.forceShutdown();

console.log('The server sees:');
for (const [client, name] of Object.entries(seen)) console.log(`  ${name} (${client})`);
const same = String(Object.values(seen)) === 'certificate-1,certificate-1,certificate-2,certificate-2,certificate-2,certificate-2';
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
