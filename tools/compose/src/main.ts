import { CliError, runCommand } from '@reputable/cli';
import { Narrator, story } from '@reputable/demo';
import { GraphQLClient, statementsOf } from '@reputable/dev';
import { freePort } from '@reputable/postgres';
import { execFileSync } from 'node:child_process';
import { say, step } from './check.ts';
import { Compose } from './compose.ts';
import { checkIsolation } from './isolation.ts';
import { checkLogIn } from './log-in.ts';
import { checkScaling, until } from './scaling.ts';
import { checkSecrets, checkWithoutSecrets } from './secrets.ts';

const HELP = `npm run compose:test [-- --keep]

Tests docker-compose.yml in a project with its own name and ports. Builds the images, starts the services, runs the steps of npm run demo, and
logs in as a browser does. Checks that no secret leaks, and that containers and databases are isolated. Then scales post to three replicas
and stops some of them under load. Removes the project at the end. Takes some minutes, most of them for the images.

  --keep   keeps the project running, and prints its address

Settings, from the environment:
  PORT, AUTH_HTTP_PORT, MAILBOX_HTTP_PORT
                         ports of this machine; free ones unless set
  NPM_REGISTRY           registry for the packages in the images; npm's own unless set
  BUILD_NETWORK          network for building images: host, if Docker's default reaches no registry
  DOCKER_HOST            address of the Docker engine

Needs Docker, and docker-compose 1.29 or compose 2.
`;

/** Runs statements with the container's DATABASE_URL. */
const QUERY = `
import { readFileSync } from 'node:fs';
import pg from 'pg';
const client = new pg.Client({ connectionString: readFileSync('/run/reputable/DATABASE_URL', 'utf8') });
await client.connect();
for (const [sql, values] of JSON.parse(readFileSync(0, 'utf8'))) await client.query(sql, values);
await client.end();
`;

async function main(keep: boolean): Promise<void> {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  const { PORT = String(await freePort()), AUTH_HTTP_PORT = String(await freePort()) } = process.env;
  const { MAILBOX_HTTP_PORT = String(await freePort()) } = process.env;
  const settings = { PORT, AUTH_HTTP_PORT, MAILBOX_HTTP_PORT, NPM_REGISTRY: process.env['NPM_REGISTRY'] ?? configuredRegistry() };
  const compose = await Compose.open(`reputable-test-${String(process.pid)}`, settings, interrupt.signal);
  const gateway = `http://localhost:${PORT}`;
  const mailbox = `http://localhost:${MAILBOX_HTTP_PORT}`;
  try {
    await step('Building the images', () => compose.compose(['build']));
    await checkWithoutSecrets(compose);
    await compose.down();
    await step('Starting', () => compose.compose(['up', '--detach']));
    await until(`${gateway}/health/ready answers with 200`, 60_000, () => isReady(`${gateway}/health/ready`));
    await step("Running the demo's story", () => tellStory(compose, `${gateway}/graphql`, mailbox));
    await checkLogIn(gateway, `http://localhost:${AUTH_HTTP_PORT}`, mailbox);
    await checkIsolation(compose);
    await checkSecrets(compose);
    await checkScaling(compose, new GraphQLClient(`${gateway}/graphql`));
    say('All checks passed.');
  } catch (error) {
    if (interrupt.signal.aborted) throw new CliError('Interrupted.', { cause: error });
    say((await compose.compose(['logs', '--no-color', '--tail', '8'], { mayFail: true })).stdout.trim());
    throw error;
  } finally {
    if (keep && !interrupt.signal.aborted)
      say(`The project runs at ${gateway}/graphql. To remove it: docker-compose -p ${compose.project} down -v`);
    else await step('Removing the project', () => compose.down());
  }
}

/** The registry that npm on this machine uses. */
const configuredRegistry = () =>
  execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

const isReady = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Runs the demo's story. Only the container of the user service reaches its database. */
async function tellStory(compose: Compose, graphql: string, mailbox: string): Promise<void> {
  const [user] = await compose.containers('user');
  if (!user) throw new CliError('The user service does not run.');
  await story(
    {
      graphql,
      mailbox,
      distinguish: async (id, past) => {
        await compose.evaluate(user, QUERY, JSON.stringify(statementsOf(id, past)));
      },
    },
    new Narrator((text) => say(text.trimEnd()), false),
  );
}

await runCommand({
  name: 'npm run compose:test',
  help: HELP,
  options: { keep: { type: 'boolean', default: false } },
  run: ({ keep }) => main(keep),
});
