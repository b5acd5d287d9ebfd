import { runCommand } from '@reputable/cli';
import { SERVICES } from '@reputable/contracts';
import { execFileSync } from 'node:child_process';
import { endCommands } from './command.ts';
import { Compose } from './compose.ts';
import { checkDatabases } from './databases.ts';
import { tellStory } from './demo.ts';
import { ComposeError } from './error.ts';
import { printFigures } from './figures.ts';
import { checkHardening } from './hardening.ts';
import { checkLogIn } from './log-in.ts';
import { checkWithoutSecrets } from './missing.ts';
import { claimPorts } from './ports.ts';
import { Report } from './report.ts';
import { checkScaling } from './scaling.ts';
import { checkSecrets } from './secrets.ts';

const HELP = `npm run compose:test [-- --keep]

Brings up docker-compose.yml, under a name and on ports of its own, tells the demo's story in it, logs in as a browser does,
sees whether secrets are secret, databases apart and containers locked, scales post to three and stops replicas under load,
and takes all down. It prints how large the images are and how long services take to start. It takes some minutes, most of them for the images.

  --keep   leaves it running, and says where

Settings, from the environment:
  PORT, AUTH_HTTP_PORT   the ports of this machine, in place of free ones
  NPM_REGISTRY           where the images get their packages from; what npm is configured with, unless it is set
  BUILD_NETWORK          the network that images are built in: host, where Docker's default does not reach a registry
  DOCKER_HOST            as Docker has it

It needs Docker, and docker-compose 1.29 or compose 2.
`;

const WITH_DATABASE = SERVICES.filter((name) => name !== 'gateway');

const say = (line: string) => {
  process.stdout.write(`${line}\n`);
};

async function main(keep: boolean): Promise<void> {
  const report = new Report(say);
  const ports = await claimPorts(process.env);
  const settings = { ...ports, NPM_REGISTRY: process.env['NPM_REGISTRY'] ?? configuredRegistry() };
  const compose = await Compose.find(`reputable-test-${String(process.pid)}`, settings);
  say(`docker-compose ${compose.version}, project ${compose.project}`);
  const gateway = `http://localhost:${ports.PORT}`;
  const graphql = `${gateway}/graphql`;
  onInterrupt(compose);
  try {
    await report.step('Building the images', () => compose.compose(['build']));
    await checkWithoutSecrets(compose, report);
    await compose.down();
    await report.step('Starting', () => compose.compose(['up', '--detach']));
    await untilReady(`${gateway}/health/ready`);
    await printFigures(compose, SERVICES, report);
    const steps = await report.step("Telling the demo's story", () => tellStory(compose, graphql, say));
    report.holds(`all ${String(steps)} steps of the story went as they must`, []);
    await checkLogIn(gateway, `http://localhost:${ports.AUTH_HTTP_PORT}`, report);
    await checkHardening(compose, report);
    await checkSecrets(compose, SERVICES, report);
    await checkDatabases(compose, WITH_DATABASE, report);
    await checkScaling(compose, graphql, report);
    say(`Everything holds. ${report.seconds}`);
  } catch (error) {
    await showLogs(compose);
    throw error;
  } finally {
    if (keep) say(`It runs: ${graphql}. To end it: docker-compose -p ${compose.project} down -v`);
    else await report.step('Taking all down', () => compose.down());
  }
}

/** What npm on this machine is configured with is what its images are to use. */
function configuredRegistry(): string {
  return execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

/** Compose waits for health where something depends on it; nothing does on the gateway. */
async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const ok = await fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    if (Date.now() > deadline) throw new ComposeError(`${url} does not answer with 200.`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function showLogs(compose: Compose): Promise<void> {
  const { stdout } = await compose.compose(['logs', '--no-color', '--tail', '8'], { mayFail: true });
  say(stdout.trim());
}

function onInterrupt(compose: Compose): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say('Stopping.');
      endCommands();
      void compose.down().finally(() => process.exit(130));
    });
  }
}

await runCommand({
  name: 'npm run compose:test',
  help: HELP,
  options: { keep: { type: 'boolean', default: false } },
  failures: [ComposeError.name, 'Deviation'],
  run: ({ keep }) => main(keep),
});
