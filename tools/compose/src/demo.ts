import { Narrator, type Stage, story } from '@reputable/demo';
import { statementsOf } from '@reputable/dev';
import type { Compose } from './compose.ts';
import { ComposeError } from './error.ts';

/** Runs statements with the DATABASE_URL of the container it runs in. */
const QUERY = `
import { readFileSync } from 'node:fs';
import pg from 'pg';
const client = new pg.Client({ connectionString: readFileSync('/run/reputable/DATABASE_URL', 'utf8') });
await client.connect();
for (const [sql, values] of JSON.parse(readFileSync(0, 'utf8'))) await client.query(sql, values);
await client.end();
`;

/** Tells the demo's story in the system that runs; its database is reached from where its user service is, and from nowhere else. */
export async function tellStory(compose: Compose, graphql: string, print: (line: string) => void): Promise<number> {
  const [user] = await compose.containers('user');
  if (!user) throw new ComposeError('The user service does not run.');
  const stage: Stage = {
    graphql,
    distinguish: async (id, past) => {
      await compose.evaluate(user, QUERY, JSON.stringify(statementsOf(id, past)));
    },
  };
  const narrator = new Narrator((text) => {
    print(text.trimEnd());
  }, false);
  await story(stage, narrator);
  return narrator.steps;
}
