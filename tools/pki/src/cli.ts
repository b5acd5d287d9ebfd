import { CliError, runCommand, UsageError } from '@reputable/cli';
import { resolve } from 'node:path';
import { type Authority, openAuthority } from './authority.ts';
import { type Leaf, pastHalfLife } from './leaf.ts';

const HELP = `npm run pki -- <command>

  issue <service>    issues a certificate with a new key
  renew <service>    the same, if the certificate is past half of its life, damaged, missing or revoked
  revoke <service>   revokes the certificate, and gives every service the new revocation list
  show [<service>]   shows a certificate; without a service, all of them
  roll               creates a new root, waits until all services trust it, then issues every certificate under it
  roll --finish      removes the old root; npm start does that one day after the roll

Running services use new files within two seconds, without a restart. After a revocation, only issue and renew make a new certificate for the
service; npm start does not.

The certificates are in .data/pki/<service>: tls.crt, tls.key, ca.crt and, after the first revocation, crl.pem. The CA is in .data/pki/ca.

Settings, from the environment:
  REPUTABLE_DATA     .data    folder for data
`;

const commands: Record<string, (authority: Authority, service: string) => Promise<string>> = {
  issue: async (authority, service) => `Issued. ${await describe(authority, await authority.issue(service))}`,
  renew: async (authority, service) => {
    const leaf = await authority.renew(service);
    return `${leaf.renewed ? 'Renewed.' : 'Not renewed: it is in the first half of its life.'} ${await describe(authority, leaf)}`;
  },
  revoke: async (authority, service) => `Revoked. ${await describe(authority, await authority.revoke(service))}`,
  show: async (authority, service) => describe(authority, await authority.find(service)),
};

async function roll(authority: Authority): Promise<string> {
  await authority.roll();
  return 'Issued every certificate under the new root. The old root stays trusted until npm run pki -- roll --finish.';
}

async function finishRoll(authority: Authority): Promise<string> {
  if (await authority.finishRoll()) return 'Removed the old root and its keys.';
  throw new CliError('Cannot finish the roll: every certificate must be under a new root for 5 s. Run npm run pki -- roll, or wait.');
}

async function describe(authority: Authority, leaf: Leaf): Promise<string> {
  const { certificate } = leaf;
  const now = Date.now();
  const state = (await authority.isRevoked(leaf))
    ? 'revoked'
    : certificate.validToDate.getTime() < now
      ? 'expired'
      : certificate.validFromDate.getTime() > now
        ? 'not valid yet'
        : pastHalfLife(certificate)
          ? 'valid, to be renewed'
          : 'valid';
  return [
    `${leaf.service}: ${state}`,
    `  names    ${certificate.subjectAltName ?? 'none'}`,
    `  valid    ${certificate.validFromDate.toISOString()} to ${certificate.validToDate.toISOString()}`,
    `  serial   ${certificate.serialNumber}`,
    `  files    ${leaf.dir}`,
  ].join('\n');
}

async function run(command: string, service: string | undefined, finish: boolean, authority: Authority): Promise<string[]> {
  if (command === 'roll') return [await (finish ? finishRoll(authority) : roll(authority))];
  const lines: string[] = [];
  for (const name of service === undefined ? await authority.services() : [service]) {
    lines.push((await commands[command]?.(authority, name)) ?? '');
  }
  return lines;
}

function mistakeIn(command: string, service: string | undefined, finish: boolean): string | undefined {
  if (command === 'roll') return service === undefined ? undefined : `Unexpected argument: ${service}.`;
  if (!Object.hasOwn(commands, command)) return `Unknown command: ${command}.`;
  if (finish) return '--finish goes with roll.';
  return service === undefined && command !== 'show' ? 'Missing service.' : undefined;
}

await runCommand({
  name: 'npm run pki',
  help: HELP,
  options: { finish: { type: 'boolean', default: false } },
  words: 2,
  run: async ({ finish }, [command, service]) => {
    if (command === undefined) return void process.stdout.write(HELP);
    const mistake = mistakeIn(command, service, finish);
    if (mistake !== undefined) throw new UsageError(mistake);
    const authority = await openAuthority(resolve(process.env['REPUTABLE_DATA'] ?? '.data', 'pki'));
    for (const lines of await run(command, service, finish, authority)) console.log(lines);
  },
});
