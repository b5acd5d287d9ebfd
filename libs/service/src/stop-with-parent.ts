import type { INestApplication, INestMicroservice } from '@nestjs/common';

/** Stops a service that was started by a launcher when the launcher is gone, however it went: no process is left behind. */
export function stopWithParent(app: INestApplication | INestMicroservice): void {
  if (!process.channel) return;
  // The channel is there to notice its end, not to keep the process alive.
  process.channel.unref();
  process.once('disconnect', () => {
    void app.close().finally(() => process.exit(0));
  });
}
