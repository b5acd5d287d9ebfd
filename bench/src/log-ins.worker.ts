import { connect, type Socket } from 'node:net';
import { parentPort } from 'node:worker_threads';

/** The parameters of a storm. */
export interface Storm {
  readonly url: string;
  readonly count: number;
  readonly email: string;
  readonly password: string;
}

/** The result of a storm. */
export interface StormResult {
  /** The time from the first request to the last response. */
  readonly ms: number;
  /** The number of responses by outcome: `opened`, or the reason of the error. */
  readonly outcomes: Record<string, number>;
}

const LOG_IN = 'mutation ($input: LogInInput!) { logIn(input: $input) { accessToken } }';

const sockets: Socket[] = [];

// Runs in its own thread, so that the storm does not delay the timed requests. It uses raw sockets and parses responses at the end, because real
// clients would not use CPU time of this machine.
parentPort?.on('message', (storm: Storm) => {
  const { host, hostname, port, pathname } = new URL(storm.url);
  const { email, password, count } = storm;
  const body = JSON.stringify({ query: LOG_IN, variables: { input: { email, password } } });
  const head = [`POST ${pathname} HTTP/1.1`, `Host: ${host}`, 'Content-Type: application/json', `Content-Length: ${String(body.length)}`];
  while (sockets.length < count) sockets.push(connect({ host: hostname, port: Number(port) }));
  const request = `${head.join('\r\n')}\r\n\r\n${body}`;
  const began = performance.now();
  void Promise.all(sockets.map((socket) => ask(socket, request))).then((answers) => {
    const ms = performance.now() - began;
    const outcomes: Record<string, number> = {};
    for (const outcome of answers.map(outcomeOf)) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    parentPort?.postMessage({ ms, outcomes } satisfies StormResult);
  });
});

/** The response to a request; incomplete if the connection closes. */
function ask(socket: Socket, request: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = '';
  const take = (chunk: Buffer) => {
    answer += chunk.toString();
    // The short JSON response ends with a brace at the end of a chunk.
    if (answer.endsWith('}')) done();
  };
  const done = () => {
    socket.off('data', take).off('close', done);
    resolve(answer);
  };
  socket.on('data', take).once('close', done).write(request);
  return promise;
}

function outcomeOf(answer: string): string {
  return /"reason":"(\w+)"/.exec(answer)?.[1] ?? (answer.includes('"accessToken"') ? 'opened' : 'without an answer');
}
