import { type Compose, type Container, serviceOf } from './compose.ts';
import type { Report } from './report.ts';

/** What may be reached from outside: the gateway, and the HTTP of auth. */
const PUBLISHED: Readonly<Record<string, readonly string[]>> = { gateway: ['3000/tcp'], auth: ['3001/tcp'] };

/** Nobody is root, nobody can write to the image's files, nothing is published that need not be. */
export async function checkHardening(compose: Compose, report: Report): Promise<void> {
  const containers = await compose.containers();
  const running = containers.filter(({ State }) => State.Running);
  const roots = await Promise.all(running.map(async (container) => rootsAmong(serviceOf(container), await users(compose, container))));
  report.holds('no process runs as root', [...roots.flat(), ...containers.flatMap(beginsAsRoot)]);
  report.holds(
    'root file systems are read-only',
    containers.filter(({ HostConfig }) => !HostConfig.ReadonlyRootfs || HostConfig.Privileged).map(serviceOf),
  );
  report.holds('they are so in practice', await writable(compose, running));
  report.holds('only the gateway and the HTTP of auth are published', running.flatMap(publishedWrongly));
}

/** The users of a container's processes, by number or name. */
async function users(compose: Compose, { Id }: Container): Promise<readonly string[]> {
  const { stdout } = await compose.docker(['top', Id, '-eo', 'pid,uid']);
  return stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/)[1] ?? '');
}

/** What is wrong with processes of these users. */
export const rootsAmong = (service: string, uids: readonly string[]): string[] =>
  uids.length === 0 ? [`${service}: no process`] : uids.filter((uid) => !/^[1-9]\d*$/.test(uid)).map((uid) => `${service}: user ${uid}`);

const beginsAsRoot = (container: Container): string[] =>
  ['', '0', 'root'].includes(container.Config.User) ? [`${serviceOf(container)}: begins as root`] : [];

async function writable(compose: Compose, containers: readonly Container[]): Promise<string[]> {
  const attempts = containers.map(async (container) => {
    const { code } = await compose.docker(['exec', container.Id, 'touch', '/written'], { mayFail: true });
    return code === 0 ? [`${serviceOf(container)}: /written could be written`] : [];
  });
  return (await Promise.all(attempts)).flat();
}

/** The ports of a container that are published and should not be. */
export function publishedWrongly(container: Pick<Container, 'Config' | 'NetworkSettings'>): string[] {
  const service = container.Config.Labels['com.docker.compose.service'] ?? '';
  const published = Object.entries(container.NetworkSettings.Ports).filter(([, bindings]) => (bindings ?? []).length > 0);
  return published.filter(([port]) => !PUBLISHED[service]?.includes(port)).map(([port]) => `${service}: ${port}`);
}
