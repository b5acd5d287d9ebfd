import { CliError } from '@reputable/cli';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/**
 * Makes sure that a service has its own database and role, and that no other role can connect to the database.
 *
 * @param server a connection of a superuser
 * @param url the service's DATABASE_URL, with the names and the password to set
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
  // The owner keeps the right to connect: it does not come from PUBLIC.
  await server.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
}

/** Lets no role connect to the databases that PostgreSQL opens to all. */
export async function closeCommonDatabases(server: pg.Client): Promise<void> {
  for (const database of ['postgres', 'template1']) await server.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
}

async function exists(server: pg.Client, where: string, name: string): Promise<boolean> {
  return (await server.query(`SELECT FROM ${where} = $1`, [name])).rowCount === 1;
}

/**
 * The DATABASE_URL of each service.
 *
 * @param folder the folder with one folder for each service
 * @throws {CliError} if the service has none
 */
export const databaseUrlOf = (folder: string, service: string): Promise<string> => readSecret(join(folder, service, 'DATABASE_URL'));

/** Connects as the superuser to the server of a DATABASE_URL. */
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
    throw new CliError(`${path} is missing. Run the secrets step first: docker-compose run --rm secrets`);
  }
}
