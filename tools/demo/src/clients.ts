import { CliError } from '@reputable/cli';
import type { System } from '@reputable/dev';
import { root } from '@reputable/run/build';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A registered client of the authorization server. */
export interface Client {
  readonly id: string;
  readonly secret: string;
}

/** Registers a client, as an operator does: `npm run clients -- add`. @param options of `add` */
export async function addClient({ dataDir }: Pick<System, 'dataDir'>, ...options: string[]): Promise<Client> {
  const settings = ['--settings', join(dataDir, 'secrets/auth.env')];
  const command = [join(root, 'dist/apps/auth/src/clients.cli.js'), 'add', ...options, ...settings];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  const { id, secret } = /^client_id +(?<id>\S+)\nclient_secret +(?<secret>\S+)$/m.exec(stdout)?.groups ?? {};
  if (id === undefined || secret === undefined) throw new CliError(`npm run clients printed no client:\n${stdout}`);
  return { id, secret };
}
