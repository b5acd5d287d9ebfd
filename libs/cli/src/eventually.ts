import { setTimeout as sleep } from 'node:timers/promises';

/** Tries again until `attempt` succeeds, and returns its result. After the timeout, throws its last error. */
export async function eventually<T>(attempt: () => Promise<T> | T, timeoutMs = 10_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
