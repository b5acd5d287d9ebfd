import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { ProvisionError } from './error.ts';

/**
 * Makes sure that a service has a database and a role of its own, and that nobody else can connect to it.
 *
 * @param server a connection of a superuser
 * @param url the service's DATABASE_URL: the names and the password to be
 */
export async function provideDatabase(server: pg.Client, url: string): Promise<void> {
  const { username, password, pathname } = new URL(url);
  const role = pg.escapeIdentifier(decodeURIComponent(username));
  const database = pg.escapeIdentifier(decodeURIComponent(pathname.slice(1)));
  const attributes = `LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${pg.escapeLiteral(decodeURIComponent(password))}`;
  const verb = (await exists(server, 'pg_roles WHERE rolname', decodeURIComponent(username))) ? 'ALTER' : 'CREATE';
  await server.query(`${verb} ROLE ${role} ${attributes}`);
  if (!(await exists(server, 'pg_database WHERE datname', decodeURIComponent(pathname.slice(1))))) {
    await server.query(`CREATE DATABASE ${database} OWNER ${role}`);
  }
  // Its owner keeps the right, as it is the owner's own and not the public's.
  await server.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
}

/** What belongs to nobody in particular is nobody's to connect to. */
export async function closeCommonDatabases(server: pg.Client): Promise<void> {
  for (const database of ['postgres', 'template1']) await server.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
}

async function exists(server: pg.Client, where: string, name: string): Promise<boolean> {
  return (await server.query(`SELECT FROM ${where} = $1`, [name])).rowCount === 1;
}

/**
 * The DATABASE_URL of each service.
 *
 * @param folder the one with a folder for each service
 * @throws {ProvisionError} if there is none
 */
export const databaseUrlOf = (folder: string, service: string): Promise<string> => readSecret(join(folder, service, 'DATABASE_URL'));

/** Connects as the superuser, on whose server the services' databases are. */
export async function connectAsSuperuser(folder: string, url: string): Promise<pg.Client> {
  const { hostname, port } = new URL(url);
  const password = await readSecret(join(folder, 'postgres/POSTGRES_PASSWORD'));
  const client = new pg.Client({ host: hostname, port: Number(port || 5432), user: 'postgres', database: 'postgres', password });
  await client.connect();
  return client;
}

async function readSecret(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw new ProvisionError(`${path} is missing. Run the secrets step first: docker-compose run --rm secrets`);
  }
}
