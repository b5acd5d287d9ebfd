import { ConsoleLogger, type LogLevel } from '@nestjs/common';

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

  /** A message with fields, such as `{ msg, issuer }`, becomes its text and the fields as JSON. */
  protected override stringifyMessage(message: unknown, level: LogLevel): string {
    if (typeof message !== 'object' || message === null || !('msg' in message)) return super.stringifyMessage(message, level);
    const { msg, ...fields } = message;
    return `${String(msg)} ${JSON.stringify(fields)}`;
  }
}
