#!/usr/bin/env bash
# nodemailer reports a server without STARTTLS by a 5xx responseCode, as it reports a rejected mail
#
# Packages: nodemailer 10.6.1, smtp-server 3.21.6
# Expected: A 5xx `responseCode` of sendMail's error says that the server rejects this mail or this recipient for good (RFC 5321
#           §4.2.1). An error before any mail was offered has no such code.
# Seen:     With `requireTLS`, nodemailer sends STARTTLS to a server that does not offer it, and rejects with the code ETLS and the
#           responseCode 500 of that command. A rejected recipient has the code EENVELOPE and 550. Only `code` tells them apart.
# Matters:  A queue that gives up on 5xx loses every mail while the TLS of the mail server is being repaired. Give up on EENVELOPE
#           and EMESSAGE only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --no-audit --no-fund --loglevel=error --save-exact nodemailer@10.6.1 smtp-server@3.21.6 >/dev/null

cat >probe.js <<'JS'
import nodemailer from 'nodemailer';
import { SMTPServer } from 'smtp-server';

const seen = [];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onRcptTo({ address }, _session, done) {
    seen.push(address);
    done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }));
  },
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

async function send(options) {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port: server.server.address().port, ...options });
  const mail = { from: 'a@example.com', to: 'b@example.com', subject: 'Hello', text: 'Hello' };
  const error = await transport.sendMail(mail).catch((failure) => failure);
  transport.close();
  return { code: error.code, responseCode: error.responseCode, recipients: seen.splice(0).length };
}

const withoutTls = await send({ requireTLS: true });
const rejected = await send({ ignoreTLS: true });
server.close();
console.log('requireTLS, and the server has no STARTTLS:', JSON.stringify(withoutTls));
console.log('the server rejects the recipient:          ', JSON.stringify(rejected));
const same =
  withoutTls.code === 'ETLS' && withoutTls.responseCode === 500 && withoutTls.recipients === 0 && rejected.code === 'EENVELOPE' && rejected.responseCode === 550;
console.log(same ? 'Finding confirmed.' : 'The behaviour has changed.');
process.exit(same ? 0 : 1);
JS
node probe.js
