import { CliError, runCommand, UsageError } from '@reputable/cli';
import { resolve } from 'node:path';
import { openAuthority } from './authority.ts';
import type { Authority } from './authority.ts';
import { pastHalfLife } from './leaf.ts';
import type { Leaf } from './leaf.ts';

const HELP = `npm run pki -- <command>

  issue <service>    a new key and certificate, whatever there is
  renew <service>    the same, if the certificate is past half of its life, damaged, missing or revoked
  revoke <service>   puts the certificate on the list of the revoked, and the list beside every service's certificate
  show [<service>]   what its certificate says; without a service, of all
  roll               a new root: trusted everywhere at first, then every certificate is issued anew under it
  roll --finish      the old root is no longer trusted; npm start does it by itself a day after the roll

Services that run use what is new within two seconds, without a restart. A revoked certificate stays revoked: neither time nor
npm start gives the service another one, only issue and renew do.

The certificates lie in .data/pki/<service>: tls.crt, tls.key, ca.crt and, once anything has been revoked, crl.pem; the
authority in .data/pki/ca.
REPUTABLE_DATA   the folder in place of .data
`;

const commands: Record<string, (authority: Authority, service: string) => Promise<string>> = {
  issue: async (authority, service) => `Issued. ${await describe(authority, await authority.issue(service))}`,
  renew: async (authority, service) => {
    const leaf = await authority.renew(service);
    return `${leaf.renewed ? 'Renewed.' : 'Still in the first half of its life.'} ${await describe(authority, leaf)}`;
  },
  revoke: async (authority, service) => `Revoked. ${await describe(authority, await authority.revoke(service))}`,
  show: async (authority, service) => describe(authority, await authority.find(service)),
};

async function roll(authority: Authority): Promise<string> {
  await authority.roll();
  return 'Every certificate is of the new root. The old one is trusted as well until npm run pki -- roll --finish.';
}

async function finishRoll(authority: Authority): Promise<string> {
  if (await authority.finishRoll()) return 'The old root is no longer trusted, and its keys are deleted.';
  throw new CliError('There is no roll to finish, or it is not that far: every certificate must have been of the new root for 5 s.');
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
  if (command === 'roll') return service === undefined ? undefined : `There is no roll ${service}.`;
  if (!(command in commands)) return `There is no command "${command}".`;
  if (finish) return '--finish goes with roll.';
  return service === undefined && command !== 'show' ? 'Which service?' : undefined;
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
