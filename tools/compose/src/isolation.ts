import { registry } from '@reputable/contracts/registry';
import { check } from './check.ts';
import { type Compose, type Container, serviceOf } from './compose.ts';

const WITH_DATABASE = registry.flatMap(({ name, database }) => (database ? [name] : []));

/** The ports that are reachable from outside: the HTTP ports of the registry, and the mailbox's page. */
const PUBLISHED = new Map<string, string>([
  ...registry.flatMap(({ name, http }) => (http === undefined ? [] : [[name, `${String(http)}/tcp`] as const])),
  ['mailbox', '8025/tcp'],
]);

/** PostgreSQL's insufficient_privilege. */
const REFUSED = '42501';

/** Connects to each database with the service's own role, and prints the results. */
const CONNECT = `
import { readFileSync } from 'node:fs';
import pg from 'pg';
const answers = {};
for (const database of JSON.parse(readFileSync(0, 'utf8'))) {
  const url = new URL(readFileSync('/run/reputable/DATABASE_URL', 'utf8'));
  url.pathname = '/' + database;
  const client = new pg.Client({ connectionString: url.href });
  answers[database] = await client.connect().then(() => client.query('SELECT 1')).then(() => 'allowed', (error) => error.code);
  await client.end().catch(() => undefined);
}
console.log(JSON.stringify(answers));
`;

/** No process is root, no root file system is writable, no port is published but those for HTTP, and no role reaches another database. */
export async function checkIsolation(compose: Compose): Promise<void> {
  const running = (await compose.containers()).filter(({ State }) => State.Running);
  const inEach = async (faultsOf: (container: Container) => Promise<readonly string[]>) =>
    (await Promise.all(running.map(faultsOf))).flat();
  check('no process runs as root', await inEach(async (container) => rootsAmong(serviceOf(container), await users(compose, container))));
  check('root file systems are read-only', await inEach((container) => writable(compose, container)));
  check('only the gateway, the HTTP of auth and the page of the mailbox are published', running.flatMap(publishedWrongly));
  check('each role can connect to its own database alone', await inEach((container) => wrongConnections(compose, container)));
}

/** The users of a container's processes, by number or name. */
async function users(compose: Compose, { Id }: Container): Promise<readonly string[]> {
  const { stdout } = await compose.docker(['top', Id, '-eo', 'pid,uid']);
  const [, ...lines] = stdout.trim().split('\n');
  return lines.map((line) => line.trim().split(/\s+/)[1] ?? '');
}

/** The users that must not run a process. */
export const rootsAmong = (service: string, uids: readonly string[]): readonly string[] =>
  uids.length === 0 ? [`${service}: no process`] : uids.filter((uid) => !/^[1-9]\d*$/.test(uid)).map((uid) => `${service}: user ${uid}`);

async function writable(compose: Compose, container: Container): Promise<readonly string[]> {
  const { code } = await compose.docker(['exec', container.Id, 'touch', '/written'], { mayFail: true });
  const { ReadonlyRootfs, Privileged } = container.HostConfig;
  return code === 0 || !ReadonlyRootfs || Privileged ? [serviceOf(container)] : [];
}

/** The ports of a container that are published and should not be. */
export function publishedWrongly(container: Pick<Container, 'Config' | 'NetworkSettings'>): readonly string[] {
  const service = serviceOf(container);
  const published = Object.entries(container.NetworkSettings.Ports).filter(([, bindings]) => (bindings ?? []).length > 0);
  return published.filter(([port]) => PUBLISHED.get(service) !== port).map(([port]) => `${service}: ${port}`);
}

async function wrongConnections(compose: Compose, container: Container): Promise<readonly string[]> {
  const service = serviceOf(container);
  if (!WITH_DATABASE.some((name) => name === service)) return [];
  const databases = JSON.stringify([...WITH_DATABASE, 'postgres', 'template1']);
  return wrongAnswers(service, JSON.parse(await compose.evaluate(container, CONNECT, databases)) as Record<string, string>);
}

/** The databases that a role reaches and should not, or the reverse. */
export const wrongAnswers = (service: string, answers: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(answers)
    .filter(([database, answer]) => answer !== (database === service ? 'allowed' : REFUSED))
    .map(([database, answer]) => `${service} at ${database}: ${answer}`);
