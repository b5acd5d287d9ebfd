import { CliError } from '@reputable/cli';
import { Playground, type PlaygroundOptions } from '@reputable/playground';
import { root } from '@reputable/run/build';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Ports } from './ports.ts';
import { playgroundSocket } from './playground-socket.ts';
import { DEMO_ACCOUNTS, reputationOf, savedDemo } from './seed.ts';

/** The parts of a system that the page uses. */
export interface PlaygroundParts {
  readonly inside: PlaygroundOptions['inside'] & { readonly ports: Ports };
  readonly mailbox: { readonly url: string };
  readonly traces: PlaygroundOptions['traces'];
}

/** Serves the page at `/`, for the gateway to forward. */
export const startPlayground = (dataDir: string, graphql: string, { inside, mailbox, traces }: PlaygroundParts): Promise<Playground> =>
  Playground.start({
    socket: playgroundSocket(dataDir),
    inside,
    urls: { graphql, mailbox: mailbox.url },
    traces,
    accounts: DEMO_ACCOUNTS.map((account) => ({ ...account, reputation: reputationOf(account) })),
    demo: () => savedDemo(dataDir),
    rotateKey: () => rotateKey(dataDir),
  });

/** Runs `npm run keys -- rotate`. */
async function rotateKey(dataDir: string): Promise<string> {
  const program = ['--import', '@reputable/run', join(root, 'apps/auth/src/keys.cli.ts')];
  const settings = ['--settings', join(dataDir, 'secrets/auth.env')];
  const { stdout } = await promisify(execFile)(process.execPath, [...program, 'rotate', ...settings], { cwd: root }).catch(
    (error: unknown) => {
      throw new CliError((error as { stderr: string }).stderr.trim());
    },
  );
  const kid = /^(\S+) +current/m.exec(stdout)?.[1] ?? '';
  return `Key ${kid} signs new tokens. Tokens of the last key stay valid.`;
}
