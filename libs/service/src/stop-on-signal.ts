import { type INestApplicationContext, Logger } from '@nestjs/common';
import type { Drain } from './drain.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Stops a service at the first signal: drains it, lets open calls finish, and exits with 0. Nest's own shutdown hooks end the parts of the app
 * while it still serves, and would leave no time to drain.
 */
export function stopOnSignal(app: INestApplicationContext, drain: Drain): void {
  let isStopping = false;
  const stop = async () => {
    if (isStopping) return;
    isStopping = true;
    try {
      await drain.run();
      await app.close();
      process.exit(0);
    } catch (error) {
      new Logger('shutdown').error({ msg: 'shutdown failed', err: error });
      process.exit(1);
    }
  };
  for (const signal of SIGNALS) process.on(signal, () => void stop());
}
