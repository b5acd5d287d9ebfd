import { setTimeout } from 'node:timers/promises';

/** How long a stopping service waits for its last export, in milliseconds. It is part of the time that a service has to stop. */
const FLUSH_MS = 2_000;

/** Waits for the last export, for {@link FLUSH_MS} at most. */
export async function flushed(shutdown: Promise<unknown>): Promise<void> {
  await Promise.race([shutdown.catch(() => undefined), setTimeout(FLUSH_MS, undefined, { ref: false })]);
}
