import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openAuthority } from './authority.ts';
import type { Authority } from './authority.ts';
import { PkiError } from './files.ts';
import { pastHalfLife } from './leaf.ts';
import type { Leaf } from './leaf.ts';

const HELP = `npm run pki -- <command> <service>

  issue <service>    a new key and certificate, whatever there is
  renew <service>    the same, if the certificate is past half of its life, damaged or missing
  revoke <service>   puts the certificate on the list of the revoked (ca/crl.pem)
  show [<service>]   what its certificate says; without a service, of all

The certificates lie in .data/pki/<service>: tls.crt, tls.key and ca.crt; the authority in .data/pki/ca.
REPUTABLE_DATA   the folder in place of .data
`;

const commands: Record<string, (authority: Authority, service: string) => Promise<string>> = {
  issue: async (authority, service) => `Issued. ${await describe(authority, await authority.issue(service))}`,
  renew: async (authority, service) => {
    const leaf = await authority.ensure(service);
    return `${leaf.renewed ? 'Renewed.' : 'Still in the first half of its life.'} ${await describe(authority, leaf)}`;
  },
  revoke: async (authority, service) => `Revoked. ${await describe(authority, await authority.revoke(service))}`,
  show: async (authority, service) => describe(authority, await authority.find(service)),
};

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

async function servicesIn(dir: string): Promise<string[]> {
  const folders = await readdir(dir, { withFileTypes: true });
  return folders.filter((entry) => entry.isDirectory() && /^[a-z]/.test(entry.name) && entry.name !== 'ca').map(({ name }) => name);
}

const [name, service] = process.argv.slice(2);
const command = commands[name ?? ''];
if (!name || name === '--help' || name === '-h') {
  process.stdout.write(HELP);
} else if (!command || (!service && name !== 'show')) {
  process.stderr.write(`${command ? `Which service? ` : `There is no command "${name}". `}Try npm run pki -- --help\n`);
  process.exitCode = 1;
} else {
  try {
    const authority = await openAuthority(resolve(process.env['REPUTABLE_DATA'] ?? '.data', 'pki'));
    for (const each of service ? [service] : await servicesIn(authority.dir)) console.log(await command(authority, each));
  } catch (error) {
    if (!(error instanceof PkiError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
