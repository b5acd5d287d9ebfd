import { ConsoleLogger } from '@nestjs/common';

/**
 * The logger until a service is ready: warnings and errors in Nest's format, in one line. It drops Nest's report of a failed start, because
 * `runService` prints the reason. An attempt to connect to the database that runs into its timeout on a busy machine is no fault to trace.
 */
export class StartLog extends ConsoleLogger {
  constructor() {
    super({ logLevels: ['warn', 'error'], compact: true, breakLength: Infinity, colors: false });
  }

  override error(message: unknown, ...[stack, context = stack]: unknown[]): void {
    if (context !== 'ExceptionHandler') super.error(message, context);
  }
}
