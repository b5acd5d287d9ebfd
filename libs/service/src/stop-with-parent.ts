import type { INestApplication, INestMicroservice } from '@nestjs/common';

/** How long that may take, in milliseconds. What waits for longer, waits for a database that is gone as well. */
const PATIENCE_MS = 10_000;

/** Stops a service that was started by a launcher when the launcher is gone, however it went: no process is left behind. */
export function stopWithParent(app: INestApplication | INestMicroservice): void {
  if (!process.channel) return;
  // The channel is there to notice its end, not to keep the process alive.
  process.channel.unref();
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), PATIENCE_MS).unref();
    void app.close().finally(() => process.exit(0));
  });
}
