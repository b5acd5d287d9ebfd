import { type Compose, type Container, serviceOf } from './compose.ts';
import type { Report } from './report.ts';

/** The secrets in a container, by the name of their file. */
const READ = `
import { readdirSync, readFileSync, statSync } from 'node:fs';
const folder = '/run/reputable/';
const files = readdirSync(folder).filter((name) => /^[A-Z_]+$|\\.key$/.test(name));
console.log(JSON.stringify(files.map((name) => [name, readFileSync(folder + name, 'utf8'), (statSync(folder + name).mode & 0o777).toString(8)])));
`;

/** What is to be kept from view: secrets as they are, and the password within a URL. */
export function hiddenIn(secret: string): readonly string[] {
  const lines = secret.includes('-----BEGIN') ? secret.split('\n').filter((line) => line !== '' && !line.startsWith('-----')) : [secret];
  const password = URL.canParse(secret) ? new URL(secret).password : '';
  return [...lines, ...(password === '' ? [] : [decodeURIComponent(password)])];
}

/** Secrets are in files of their owner's alone, and nowhere that is listed, logged or shipped. */
export async function checkSecrets(compose: Compose, services: readonly string[], report: Report): Promise<void> {
  const containers = await compose.containers();
  const secrets: [name: string, value: string, mode: string][] = [];
  for (const container of containers.filter((it) => it.State.Running && services.includes(serviceOf(it)))) {
    secrets.push(...(JSON.parse(await compose.evaluate(container, READ)) as typeof secrets));
  }
  const hidden = secrets.flatMap(([, value]) => hiddenIn(value));
  report.holds(`${String(secrets.length)} secrets are files of their owner's alone`, [
    ...secrets.filter(([, , mode]) => mode !== '600').map(([name, , mode]) => `${name}: ${mode}`),
    ...(secrets.some(([name]) => name === 'KEY_ENCRYPTION_KEY') ? [] : ['There are no secrets.']),
  ]);
  const shows = (text: string) => hidden.some((secret) => text.includes(secret));
  const config = await compose.compose(['config']);
  report.holds("docker-compose config shows no secret's value", shows(config.stdout) ? ['It does.'] : []);
  const views = await Promise.all(
    containers.map(async (container) => ({ service: serviceOf(container), text: await viewsOf(compose, container) })),
  );
  report.holds(
    'no container shows one: inspect, logs, environment',
    views.filter(({ text }) => shows(text)).map(({ service }) => service),
  );
  const images = await imagesOf(compose, containers);
  report.holds('no image has one', shows(images) ? ['One does.'] : []);
}

async function viewsOf(compose: Compose, { Id, State }: Container): Promise<string> {
  const { stdout: inspected } = await compose.docker(['inspect', Id]);
  const { stdout, stderr } = await compose.docker(['logs', Id]);
  const environment = State.Running ? (await compose.docker(['exec', Id, 'env'])).stdout : '';
  return [inspected, stdout, stderr, environment].join('\n');
}

async function imagesOf(compose: Compose, containers: readonly Container[]): Promise<string> {
  const ids = [...new Set(containers.map((container) => (container as Container & { readonly Image: string }).Image))];
  const histories = await Promise.all(ids.map((id) => compose.docker(['history', '--no-trunc', id])));
  return [(await compose.docker(['image', 'inspect', ...ids])).stdout, ...histories.map(({ stdout }) => stdout)].join('\n');
}
