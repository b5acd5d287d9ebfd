import { SERVICES } from '@reputable/contracts/registry';
import { check } from './check.ts';
import { type Compose, type Container, serviceOf } from './compose.ts';

/** The errors of services that run before the step `secrets`. */
const WITHOUT_SECRETS: Readonly<Record<string, RegExp>> = {
  auth: /^auth does not start: KEY_ENCRYPTION_KEY_FILE names \S+, which /m,
  postgres: /^postgres does not start: \S+ is missing\. Run the secrets step first: docker-compose run --rm secrets$/m,
  migrate: /^\S+DATABASE_URL is missing\. Run the secrets step first: docker-compose run --rm secrets$/m,
};

/** Prints name, value and mode of each secret in a container. */
const READ = `
import { readdirSync, readFileSync, statSync } from 'node:fs';
const folder = '/run/reputable/';
const files = readdirSync(folder).filter((name) => /^[A-Z_]+$|\\.key$/.test(name));
console.log(JSON.stringify(files.map((name) => [name, readFileSync(folder + name, 'utf8'), (statSync(folder + name).mode & 0o777).toString(8)])));
`;

/** Without the step `secrets` nothing starts, and each service prints what is missing. The step must not have run in this project. */
export async function checkWithoutSecrets(compose: Compose): Promise<void> {
  const faults: string[] = [];
  for (const [service, expected] of Object.entries(WITHOUT_SECRETS)) {
    const { code, stdout, stderr } = await compose.compose(['run', '--rm', '--no-deps', '-T', service], { mayFail: true, timeout: 60_000 });
    const output = `${stdout}\n${stderr}`.replaceAll('\r', '');
    if (code === 0 || !expected.test(output)) faults.push(`${service} prints: ${output.trim()}`);
  }
  check('without the secrets step nothing starts, and a line says why', faults);
}

/** Secrets are in files that only their owner can read, and in no configuration, log, environment or image. */
export async function checkSecrets(compose: Compose): Promise<void> {
  const containers = await compose.containers();
  const services = containers.filter((container) => container.State.Running && SERVICES.some((name) => name === serviceOf(container)));
  const read = await Promise.all(services.map((container) => compose.evaluate(container, READ)));
  const secrets = read.flatMap((text) => JSON.parse(text) as [name: string, value: string, mode: string][]);
  check(`${String(secrets.length)} secrets are in files that only their owner can read`, [
    ...secrets.filter(([, , mode]) => mode !== '600').map(([name, , mode]) => `${name}: ${mode}`),
    ...(secrets.some(([name]) => name === 'KEY_ENCRYPTION_KEY') ? [] : ['There are no secrets.']),
  ]);
  const hidden = secrets.flatMap(([, value]) => hiddenIn(value));
  const images = [...new Set(containers.map(({ Image }) => Image))];
  const texts = await Promise.all([
    compose.compose(['config']).then(({ stdout }) => ['docker-compose config', stdout] as const),
    ...containers.map(async (container) => [serviceOf(container), await viewsOf(compose, container)] as const),
    ...images.map(async (id) => [id, (await compose.docker(['history', '--no-trunc', id])).stdout] as const),
    compose.docker(['image', 'inspect', ...images]).then(({ stdout }) => ['docker image inspect', stdout] as const),
  ]);
  const showing = texts.filter(([, text]) => hidden.some((secret) => text.includes(secret))).map(([where]) => where);
  check('no configuration, container or image shows a secret', showing);
}

/** The texts that no view may show: a secret, each line of a key, and the password in a URL. */
export function hiddenIn(secret: string): readonly string[] {
  const lines = secret.includes('-----BEGIN') ? secret.split('\n').filter((line) => line !== '' && !line.startsWith('-----')) : [secret];
  const password = URL.canParse(secret) ? new URL(secret).password : '';
  return password === '' ? lines : [...lines, decodeURIComponent(password)];
}

async function viewsOf(compose: Compose, { Id, State }: Container): Promise<string> {
  const { stdout: inspected } = await compose.docker(['inspect', Id]);
  const { stdout, stderr } = await compose.docker(['logs', Id]);
  const environment = State.Running ? (await compose.docker(['exec', Id, 'env'])).stdout : '';
  return [inspected, stdout, stderr, environment].join('\n');
}
