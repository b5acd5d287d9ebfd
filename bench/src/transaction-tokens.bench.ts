import { create, toBinary } from '@bufbuild/protobuf';
import { patiently } from '@reputable/cli';
import { requestHashOf } from '@reputable/auth';
import { GetPostRequestSchema, PostService } from '@reputable/contracts/post/v1/post';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { Person } from '@reputable/dev';
import { query } from '@reputable/testing';
import { carrying, placeCalls } from './call-server.ts';
import type { BenchOptions } from './options.ts';
import { median } from './quantile.ts';
import { FEW, insert } from './rows.ts';
import { figure, table } from './table.ts';
import { CREATE_POST, Insider } from './trust/insider.ts';
import { startTrustSystem } from './trust/trust-system.ts';
import { usageOf } from './usage.ts';

const CALLS = 400;
const CONCURRENCY = 6;

const GET_POST = `${PostService.typeName}/GetPost`;
const SCOPE = 'posts:read posts:write';

/** A call, and the CPU time of one by round, in microseconds. The client is the process of this benchmark. */
interface Measured {
  readonly name: string;
  readonly call: (index: number) => Promise<unknown>;
  /** Obtains what the calls need, before the measurement. */
  readonly prepare?: () => Promise<void>;
  readonly us: Record<'client' | 'auth' | 'post', number[]>;
}

/** Measures the parts of the cost of Transaction Tokens: the request, the signature and the verification. */
export async function run({ rounds = 9 }: BenchOptions): Promise<void> {
  console.log(await patiently('Measuring Transaction Tokens', measure(rounds)));
}

async function measure(rounds: number): Promise<string> {
  const system = await startTrustSystem();
  try {
    await insert(system, FEW);
    const measured = await calls(system);
    for (let round = -1; round < rounds; round += 1) {
      for (const { call, prepare, us } of measured) {
        await prepare?.();
        const before = await cpuUs(system);
        await placeCalls(CALLS, CONCURRENCY, call);
        const after = await cpuUs(system);
        if (round >= 0) for (const name of ['client', 'auth', 'post'] as const) us[name].push((after[name] - before[name]) / CALLS);
      }
    }
    const rows = measured.map(({ name, us }) => [name, ...[us.client, us.auth, us.post].map((values) => figure(median(values)))]);
    return await table(['CPU µs a call', 'client', 'auth', 'post'], rows);
  } finally {
    await system.stop();
  }
}

type System = Awaited<ReturnType<typeof startTrustSystem>>;

async function cpuUs({ processes }: System) {
  const [auth, post] = await Promise.all([processes.auth, processes.post].map(({ pid = NaN }) => usageOf(pid)));
  const { user, system } = process.cpuUsage();
  return { client: user + system, auth: (auth?.cpuMs ?? NaN) * 1000, post: (post?.cpuMs ?? NaN) * 1000 };
}

async function calls(system: System): Promise<Measured[]> {
  const [person, insider] = [await Person.join(system, 'Ada'), await Insider.open(system, 'gateway')];
  const { auth, post } = insider.clients;
  const [row] = await query<{ id: string }>(system.databaseUrl('post'), 'SELECT id FROM post LIMIT 1');
  const request = { id: row?.id ?? '' };
  const requestSha256 = requestHashOf(toBinary(GetPostRequestSchema, create(GetPostRequestSchema, request)));
  let [jwt, reads] = ['', ''];
  let forOneCall: string[] = [];
  const issue = (more: object, audience = TRUST_DOMAIN) =>
    auth.issueTransactionToken({ subjectToken: jwt, audience, scope: SCOPE, ...more });
  const replace = (token: string) => issue({ subjectToken: token, rpc: GET_POST, requestSha256 });
  const renew = async () => {
    jwt = (await auth.exchangeToken({ subjectToken: person.token, audience: ['gateway', 'auth'] })).accessToken;
    reads = (await issue({})).accessToken;
  };
  const get = (token: string) => carrying(`Bearer ${token}`, () => post.getPost(request));
  const us = () => ({ client: [], auth: [], post: [] });
  return [
    { name: 'a request for a token that auth refuses', prepare: renew, us: us(), call: () => issue({}, 'other').catch(() => undefined) },
    { name: 'a token for a write', us: us(), call: () => issue({ rpc: CREATE_POST, requestSha256 }) },
    { name: 'a replacement', us: us(), call: () => replace(reads) },
    { name: 'GetPost, with the token for reads', us: us(), call: () => get(reads) },
    {
      name: 'GetPost, with a token for this call',
      us: us(),
      prepare: async () => {
        forOneCall = [];
        await placeCalls(CALLS, CONCURRENCY, async () => void forOneCall.push((await replace(reads)).accessToken));
      },
      call: (index) => get(forOneCall[index] ?? ''),
    },
  ];
}
