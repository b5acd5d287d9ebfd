import { ConsoleLogger } from '@nestjs/common';

/**
 * The logger until a service is ready: warnings and errors in Nest's format. It drops Nest's report of a failed start with its stack, because
 * `runService` prints the reason in one line.
 */
export class StartLog extends ConsoleLogger {
  constructor() {
    super({ logLevels: ['warn', 'error'] });
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== 'ExceptionHandler') super.error(message, ...rest);
  }
}
