import type { INestApplication, INestMicroservice } from '@nestjs/common';

/** How long that may take, in milliseconds. What waits for longer, waits for a database that is gone as well. */
const PATIENCE_MS = 10_000;

/**
 * Ends a service that was started by a launcher when the launcher is gone, however it went: no process is left behind. A service that is
 * still starting ends at once, with 1; one that runs lets the calls at hand finish, and ends with 0.
 *
 * @returns to be called with the service as soon as it runs
 */
export function stopWithParent(): (running: INestApplication | INestMicroservice) => void {
  let app: INestApplication | INestMicroservice | undefined;
  const stop = () => {
    if (!app) process.exit(1);
    setTimeout(() => process.exit(1), PATIENCE_MS).unref();
    void app.close().finally(() => process.exit(0));
  };
  // Without a launcher it is undefined: then there is nobody to go.
  if ((process.connected as boolean | undefined) === false) stop();
  // The channel is there to notice its end, not to keep the process alive.
  process.channel?.unref();
  process.once('disconnect', stop);
  return (running) => {
    app = running;
  };
}
