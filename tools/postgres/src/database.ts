import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { withClient } from './client.ts';

/**
 * Makes sure that a database exists, and a role of the same name that owns it and reaches no other one.
 *
 * @param adminUrl the URL of a superuser, or of a role that may create roles and databases
 * @returns the DATABASE_URL of that role. Each call sets a new password, so that earlier URLs stop working.
 */
export async function createDatabase(adminUrl: string, name: string): Promise<string> {
  const id = pg.escapeIdentifier(name);
  const password = randomBytes(24).toString('base64url');
  await withClient(adminUrl, async (client) => {
    const { rowCount: hasRole } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
    await client.query(`${hasRole ? 'ALTER' : 'CREATE'} ROLE ${id} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
    const { rowCount: hasDatabase } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    // CREATE DATABASE fails while a client is connected to the template. No client can connect to template0.
    if (!hasDatabase) await client.query(`CREATE DATABASE ${id} OWNER ${id} TEMPLATE template0`);
    await client.query(`REVOKE ALL ON DATABASE ${id} FROM PUBLIC`);
  });
  const url = new URL(adminUrl);
  return Object.assign(url, { username: name, password, pathname: `/${name}` }).href;
}

/** Removes a database and its role, also while clients are connected. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    await client.query(`DROP ROLE IF EXISTS ${pg.escapeIdentifier(name)}`);
  });
}
