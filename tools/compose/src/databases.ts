import { type Compose, serviceOf } from './compose.ts';
import type { Report } from './report.ts';

/** Connects to each database with the service's own role, and says how that ended. */
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

/** PostgreSQL's insufficient_privilege. */
const REFUSED = '42501';

/** Each service's role can connect to the service's own database, and to no other. */
export async function checkDatabases(compose: Compose, services: readonly string[], report: Report): Promise<void> {
  const databases = [...services, 'postgres', 'template1'];
  const faults: string[] = [];
  for (const container of (await compose.containers()).filter((it) => it.State.Running && services.includes(serviceOf(it)))) {
    const service = serviceOf(container);
    const answers = JSON.parse(await compose.evaluate(container, CONNECT, JSON.stringify(databases))) as Record<string, string>;
    faults.push(...wrongAnswers(service, answers));
  }
  report.holds('each role can connect to its own database alone', faults);
}

/** Which answers are not what they must be, to a service's role that tried these databases. */
export const wrongAnswers = (service: string, answers: Readonly<Record<string, string>>): string[] =>
  Object.entries(answers)
    .filter(([database, answer]) => answer !== (database === service ? 'allowed' : REFUSED))
    .map(([database, answer]) => `${service} at ${database}: ${answer}`);
