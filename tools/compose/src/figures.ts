import { type Compose, type Container, serviceOf } from './compose.ts';
import type { Report } from './report.ts';

const BASE = 'node:24-bookworm-slim';
const MB = 1_000_000;

/** What an image may have above the base's size, in bytes. */
const MOST = 300 * MB;

/** How large the images are, and how long services take from their container's start until they are ready. */
export async function printFigures(compose: Compose, services: readonly string[], report: Report): Promise<void> {
  const base = await sizeOf(compose, BASE);
  const rows: string[][] = [['service', 'image', 'above the base', 'ready after']];
  const faults: string[] = [];
  for (const service of services) {
    const [container] = await compose.containers(service);
    const size = await sizeOf(compose, `reputable/${service}`);
    if (size - base > MOST) faults.push(`${service}: ${megabytes(size - base)}`);
    rows.push([service, megabytes(size), megabytes(size - base), container ? await startOf(compose, container) : '']);
  }
  report.table(rows);
  report.holds(`images have ${megabytes(MOST)} above the base at most`, faults);
}

const sizeOf = async (compose: Compose, image: string) =>
  Number((await compose.docker(['image', 'inspect', '--format', '{{.Size}}', image])).stdout);

const megabytes = (bytes: number) => `${(bytes / MB).toFixed(0)} MB`;

async function startOf(compose: Compose, container: Container): Promise<string> {
  const { stdout } = await compose.docker(['logs', container.Id]);
  const ready = readyAt(stdout);
  const started = new Date(container.State.StartedAt).getTime();
  return ready === undefined ? `${serviceOf(container)} does not say` : `${((ready - started) / 1000).toFixed(1)} s`;
}

/** When a service last said that it is ready, in milliseconds since the epoch. */
export function readyAt(log: string): number | undefined {
  const line = log.split('\n').findLast((each) => each.includes('"msg":"ready"'));
  return line === undefined ? undefined : new Date((JSON.parse(line) as { time: string }).time).getTime();
}
