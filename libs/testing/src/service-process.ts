import { ServiceProcess } from '@reputable/dev/service-process';
import type { ChildProcess } from 'node:child_process';

/** A service that runs in a process of its own. */
export interface RunningService {
  readonly ports: { readonly grpc: number; readonly http: number; readonly metrics: number };
  /** The text of its log. */
  readonly log: () => string;
  readonly process: ChildProcess;
  /** Sends SIGTERM, or another signal, and waits until the service has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a service from its `main.ts`, and waits until it is ready.
 *
 * @throws Error with the service's output, if it does not start
 */
export async function startProcess(name: string, env: Record<string, string>): Promise<RunningService> {
  const lines: string[] = [];
  const log = (_: string, line: string) => void lines.push(line);
  try {
    const service = await ServiceProcess.start({ name, env: { NODE_ENV: 'production', LOG_LEVEL: 'warn', ...env }, log });
    const { grpc = 0, http = 0, metrics = 0 } = service.ports;
    const stop = async (signal: NodeJS.Signals = 'SIGTERM') => service.kill(signal);
    return { ports: { grpc, http, metrics }, log: () => lines.join('\n'), process: service.child, stop };
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error([...lines, message, cause].filter(Boolean).join('\n'), { cause: error });
  }
}
