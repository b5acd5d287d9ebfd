import { SMTPServer } from 'smtp-server';
import { type Mail, readMail } from './mail.ts';

/** The domain whose addresses the server rejects, to try that. */
export const REJECTED_DOMAIN = 'rejected.example';

/** The largest mail, in bytes. */
const MAX_SIZE = 1_048_576;

/** An SMTP server without TLS and log-in. It accepts mail for every address outside of {@link REJECTED_DOMAIN}. */
export function createSmtp(onMail: (mail: Mail) => void): SMTPServer {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: MAX_SIZE,
    closeTimeout: 1_000,
    onRcptTo: ({ address }, _session, done) => {
      const isRejected = address.endsWith(`@${REJECTED_DOMAIN}`);
      done(isRejected ? Object.assign(new Error('No such mailbox.'), { responseCode: 550 }) : undefined);
    },
    onData: (stream, session, done) => {
      readMail(stream, session).then((mail) => {
        onMail(mail);
        done();
      }, done);
    },
  });
  // The errors of connections arrive here, such as a client that disconnects. Those of listen() reach its caller as well.
  server.on('error', () => undefined);
  return server;
}
