import { parentPort } from 'node:worker_threads';

/** What a storm is told. */
export interface Storm {
  readonly url: string;
  readonly count: number;
  readonly email: string;
  readonly password: string;
}

/** What came of it. */
export interface StormResult {
  /** From the first request to the last answer. */
  readonly ms: number;
  /** How often what: `opened`, or the reason. */
  readonly outcomes: Record<string, number>;
}

const LOG_IN = 'mutation ($input: LogInInput!) { logIn(input: $input) { accessToken } }';

// In a thread of its own, so that the requests of the storm do not hold up those that are timed.
parentPort?.on('message', ({ url, count, email, password }: Storm) => {
  const body = JSON.stringify({ query: LOG_IN, variables: { input: { email, password } } });
  const logIn = async () => {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { errors } = (await response.json()) as { errors?: { extensions: { reason: string } }[] };
    return errors?.[0]?.extensions.reason ?? 'opened';
  };
  const began = performance.now();
  void Promise.all(Array.from({ length: count }, logIn)).then((all) => {
    const outcomes: Record<string, number> = {};
    for (const outcome of all) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    parentPort?.postMessage({ ms: performance.now() - began, outcomes } satisfies StormResult);
  });
});
