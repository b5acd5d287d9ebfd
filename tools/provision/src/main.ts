import { openAuthority, PkiError } from '@reputable/pki';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { closeCommonDatabases, connectAsSuperuser, databaseUrlOf, provideDatabase } from './database.ts';
import { ProvisionError } from './error.ts';
import { migrateService } from './migrate.ts';
import { makeSecret, parseSecret } from './secret.ts';

const HELP = `provision <step> …

What there must be before the services start. Each step can be repeated: what is there already stays.

  certificates <service…>   a certificate for each that has none, or whose certificate is past half of its life
    --keep                  goes on looking, every ten minutes, until it is stopped
  secrets <secret…>         a secret reads <service>/<NAME>=<kind>, as in auth/KEY_ENCRYPTION_KEY=key; one that services share,
                            auth,gateway/OIDC_CLIENT_SECRET=key. Kinds: key (32 bytes in base64), database (a DATABASE_URL
                            with a password), both for their owner alone; password, for a program that runs as another user
  migrate <service…>        a database and a role for each, which nobody else can connect to, and its migrations

  --folder <folder>         the one with a folder for each service; /run/reputable unless it is given

Certificates and secrets lie in <folder>/<service>, which is what the service gets, and nothing else of it.
`;

const RENEWAL_CHECK_MS = 10 * 60_000;

const say = (line: string) => {
  process.stdout.write(`${line}\n`);
};

async function certificates(folder: string, services: readonly string[]): Promise<void> {
  const authority = await openAuthority(folder);
  for (const service of services) {
    const leaf = await authority.ensure(service);
    if (await authority.isRevoked(leaf)) say(`The certificate of ${service} is revoked, and stays so.`);
    else if (leaf.renewed) say(`${service} has a new certificate, good until ${leaf.certificate.validToDate.toISOString()}.`);
  }
}

async function keepCertificates(folder: string, services: readonly string[]): Promise<never> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
  for (;;) {
    await sleep(RENEWAL_CHECK_MS);
    await certificates(folder, services);
  }
}

async function secrets(folder: string, wanted: readonly string[]): Promise<void> {
  for (const secret of wanted.map(parseSecret)) {
    for (const service of await makeSecret(folder, secret)) say(`${service} has a new ${secret.name}.`);
  }
}

async function migrate(folder: string, services: readonly string[]): Promise<void> {
  const urls = await Promise.all(services.map((service) => databaseUrlOf(folder, service)));
  const [first = 'postgres://postgres:5432'] = urls;
  const server = await connectAsSuperuser(folder, first);
  try {
    await closeCommonDatabases(server);
    for (const url of urls) await provideDatabase(server, url);
  } finally {
    await server.end();
  }
  for (const service of services) {
    await migrateService(folder, service);
    say(`The database of ${service} is up to date.`);
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      keep: { type: 'boolean', default: false },
      folder: { type: 'string', default: '/run/reputable' },
    },
  });
  const [step, ...what] = positionals;
  if (values.help || step === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const run = { certificates: values.keep ? keepCertificates : certificates, secrets, migrate }[step];
  if (!run) throw new ProvisionError(`There is no step "${step}". Try --help`);
  if (what.length === 0) throw new ProvisionError(`${step}: for what? Try --help`);
  await run(values.folder, what);
}

try {
  await main();
} catch (error) {
  const { name, message, stack } = error as Error;
  const isForPeople = error instanceof ProvisionError || error instanceof PkiError || name === 'error' || 'code' in (error as Error);
  process.stderr.write(`${isForPeople ? message : (stack ?? message)}\n`);
  process.exitCode = 1;
}
