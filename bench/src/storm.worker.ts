import { connect, type Socket } from 'node:net';
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

const sockets: Socket[] = [];

// In a thread of its own, so that the requests of the storm do not hold up those that are timed. They are written out once, and answers are
// read when all have come: whoever logs in does not do it on the machine that they log in to, and here nearly all work is to be the system's.
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

/** The answer to a request; a connection that is no more has none. */
function ask(socket: Socket, request: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = '';
  const take = (chunk: Buffer) => {
    answer += chunk.toString();
    // Of JSON this short, a chunk holds all: the last of it ends with a brace.
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
