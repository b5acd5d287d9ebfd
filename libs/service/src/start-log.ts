import { ConsoleLogger } from '@nestjs/common';

/**
 * What is logged until a service is ready: what is wrong, in Nest's own format. But not why the start fails, as `runService` says
 * that in a line, and Nest would add a stack to it.
 */
export class StartLog extends ConsoleLogger {
  constructor() {
    super({ logLevels: ['warn', 'error'] });
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== 'ExceptionHandler') super.error(message, ...rest);
  }
}
