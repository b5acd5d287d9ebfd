import { CliError, runCommand, UsageError } from '@reputable/cli';
import { entryOf, registry, SERVICES } from '@reputable/contracts/registry';
import { openAuthority } from '@reputable/pki';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeCommonDatabases, connectAsSuperuser, databaseUrlOf, provideDatabase } from './database.ts';
import { migrateService } from './migrate.ts';
import { makeSecret, secretsOf } from './secret.ts';

const HELP = `provision <step> [--folder <folder>]

Prepares docker-compose for all services of the registry, before they start. You can repeat each step: it keeps existing files and databases.

  certificates   issues a certificate for each service that has none, or whose certificate is past half of its life
    --keep       repeats that every ten minutes until a signal stops it
  secrets        makes the secrets of each service, and its DATABASE_URL with a password
  migrate        creates a database and a role for each service, closed to the others, and runs its migrations

  --folder       the folder with one folder for each service; /run/reputable unless given

A service's certificate and secrets are in <folder>/<service>. Each service gets its own folder, and no other.
`;

const RENEWAL_CHECK_MS = 10 * 60_000;

const say = (line: string) => {
  process.stdout.write(`${line}\n`);
};

async function certificates(folder: string): Promise<void> {
  const authority = await openAuthority(folder);
  for (const service of SERVICES) {
    const leaf = await authority.ensure(service);
    if (await authority.isRevoked(leaf)) say(`The certificate of ${service} is revoked. Not renewed.`);
    else if (leaf.renewed) say(`Issued a certificate for ${service}, valid until ${leaf.certificate.validToDate.toISOString()}.`);
  }
}

async function keepCertificates(folder: string): Promise<never> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
  for (;;) {
    await sleep(RENEWAL_CHECK_MS);
    await certificates(folder);
  }
}

async function secrets(folder: string): Promise<void> {
  for (const secret of secretsOf(registry)) {
    for (const service of await makeSecret(folder, secret)) say(`Made ${secret.name} for ${service}.`);
  }
}

async function migrate(folder: string): Promise<void> {
  const services = SERVICES.filter((name) => entryOf(name).database);
  const urls = await Promise.all(services.map((service) => databaseUrlOf(folder, service)));
  const server = await connectAsSuperuser(folder, urls[0] ?? '');
  try {
    await closeCommonDatabases(server);
    for (const url of urls) await provideDatabase(server, url);
  } finally {
    await server.end();
  }
  for (const service of services) {
    await migrateService(folder, service);
    say(`Migrated the database of ${service}.`);
  }
}

await runCommand({
  name: 'provision',
  help: HELP,
  words: 1,
  options: { keep: { type: 'boolean', default: false }, folder: { type: 'string', default: '/run/reputable' } },
  // The name of pg's errors.
  failures: ['error'],
  run: async ({ keep, folder }, [step = '']) => {
    const run = { certificates: keep ? keepCertificates : certificates, secrets, migrate }[step];
    if (!run) throw new UsageError(step === '' ? 'Missing step.' : `Unknown step: ${step}.`);
    await run(folder).catch((error: unknown) => {
      // An error of the system, such as ECONNREFUSED.
      throw error instanceof Error && 'syscall' in error ? new CliError(error.message) : error;
    });
  },
});
