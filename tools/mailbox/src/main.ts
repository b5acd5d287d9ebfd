import { runCommand, UsageError } from '@reputable/cli';
import { once } from 'node:events';
import { Mailbox } from './mailbox.ts';

const HELP = `mailbox [--host <address>] [--smtp-port <port>] [--http-port <port>]

Accepts mail for every address, and serves the latest 100 as a page and as JSON. It has no access control: use it only for development.

  --host        the address to listen on; 127.0.0.1 unless given
  --smtp-port   the port for SMTP, without TLS; 1025 unless given
  --http-port   the port of the page; 8025 unless given
`;

function portOf(option: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`--${option} must be a port: ${text}.`);
}

await runCommand({
  name: 'mailbox',
  help: HELP,
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    'smtp-port': { type: 'string', default: '1025' },
    'http-port': { type: 'string', default: '8025' },
  },
  run: async ({ host, 'smtp-port': smtp, 'http-port': http }) => {
    const mailbox = await Mailbox.start({ host, smtpPort: portOf('smtp-port', smtp), httpPort: portOf('http-port', http) });
    process.stdout.write(`Mailbox at ${mailbox.url}, SMTP at ${mailbox.smtpUrl}.\n`);
    await Promise.race(['SIGTERM', 'SIGINT'].map((signal) => once(process, signal)));
    await mailbox.stop();
  },
});
