import type { INestApplication, INestMicroservice } from '@nestjs/common';

/** The longest shutdown, in milliseconds: nobody waits for its answers, the database has stopped too, and the next launcher needs the ports. */
const SHUTDOWN_LIMIT_MS = 500;

/**
 * Stops a service when the launcher that started it exits or crashes. A service that is still starting exits at once with 1. A running service
 * lets open calls finish, for half a second at most.
 *
 * @returns a function to call with the app once it is running
 */
export function stopWithParent(): (running: INestApplication | INestMicroservice) => void {
  let app: INestApplication | INestMicroservice | undefined;
  const stop = () => {
    if (!app) process.exit(1);
    setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref();
    void app.close().finally(() => process.exit(0));
  };
  // Undefined without a launcher.
  if ((process.connected as boolean | undefined) === false) stop();
  // The channel must not keep the process alive.
  process.channel?.unref();
  process.once('disconnect', stop);
  return (running) => {
    app = running;
  };
}
