import { runCommand, UsageError } from '@reputable/cli';
import { once } from 'node:events';
import { Provider } from './provider.ts';

const HELP = `provider [--host <address>] [--port <port>]

Runs an outside OpenID provider for development only. Anybody can log in as any user.

  --host   the address to listen on; 127.0.0.1 unless given
  --port   the port, also of the issuer identifier http://localhost:<port>; 3002 unless given
`;

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`--port must be a port: ${text}.`);
}

await runCommand({
  name: 'provider',
  help: HELP,
  options: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'string', default: '3002' } },
  run: async ({ host, port }) => {
    const provider = await Provider.start({ host, port: portOf(port) });
    process.stdout.write(`Provider at ${provider.issuer}.\n`);
    await Promise.race(['SIGTERM', 'SIGINT'].map((signal) => once(process, signal)));
    await provider.stop();
  },
});
