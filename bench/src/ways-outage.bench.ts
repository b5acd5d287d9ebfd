import { patiently } from '@reputable/cli';
import { Person } from '@reputable/dev';
import type { StartedService } from '@reputable/dev/service-process';
import { eventually } from '@reputable/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeClaim } from './claim-page.ts';
import type { BenchOptions } from './options.ts';
import { quantile } from './quantile.ts';
import { FEW, insert } from './rows.ts';
import { insertSessions } from './sessions.ts';
import { shareChart } from './share-chart.ts';
import { figure, table } from './table.ts';
import { type Ask, startRequests, type TimedRequest } from './trust/even-load.ts';
import { Link } from './trust/link.ts';
import { authPorts, startTrustSystem, type TrustSystem } from './trust/trust-system.ts';
import { NAMES, WAYS, type Way } from './trust/way.ts';

/** The requests of each way in a second. */
const PER_SECOND = 10;

/** The users of each way. */
const USERS = 12;

/** How long the requests go on after auth is back, in seconds. */
const AFTERWARDS_S = 8;

/** The time that a slow auth adds to a round trip, in milliseconds. */
const SLOW_MS = 2_000;

/** What auth is under. */
interface Scene {
  readonly system: TrustSystem;
  readonly link: Link;
  /** A gateway for each way. */
  readonly gateways: readonly StartedService[];
}

/** The time before a fault, in which the users begin one by one: so their JWTs and cached answers do not expire at one time. In seconds. */
const LEAD_S = 6;

/** A fault of auth. */
interface Fault {
  readonly name: string;
  /** For how long, in seconds. */
  readonly seconds: number;
  readonly begin: (scene: Scene) => Promise<void> | void;
  readonly end: (scene: Scene) => Promise<void> | void;
}

/** The first one lasts longer than services accept tokens without auth, the others as long as the difference between the ways shows. */
const FAULTS: readonly Fault[] = [
  {
    name: 'killed',
    seconds: 75,
    begin: ({ system }) => system.kill('auth'),
    end: ({ system }) => system.restart('auth'),
  },
  {
    name: 'slowed by 2 s',
    seconds: 15,
    begin: ({ link }) => {
      link.delayMs = SLOW_MS / 2;
    },
    end: ({ link }) => {
      link.delayMs = 0;
    },
  },
  { name: 'partitioned', seconds: 15, begin: ({ link }) => link.cut(), end: ({ link }) => link.mend() },
];

/** A request. Times in seconds since the begin of the fault. */
interface Served {
  readonly at: number;
  /** The reason of the refusal; undefined if it was served. */
  readonly refusal: string | undefined;
  readonly ms: number;
}

/** What happened under a fault. */
interface Outage {
  readonly fault: string;
  /** When auth was back, in seconds since the begin of the fault. */
  readonly backAt: number;
  readonly requests: Readonly<Record<Way, readonly Served[]>>;
}

/** Compares what each way to trust serves while auth is killed, slow, or partitioned from the services. */
export async function run({ seconds, write = false }: BenchOptions): Promise<void> {
  const outages = await patiently('Taking auth away', takeAuthAway(seconds));
  const text = await outageTable(outages);
  console.log(text);
  if (!write) return;
  const load = `${PER_SECOND} requests/s in each way; auth away for ${outages.map(({ backAt }) => figure(backAt)).join(', ')} s`;
  const charts = outages.map(async (outage) => ({
    name: `ways-outage-${slug(outage.fault)}`,
    alt: `The share of requests served in each second, a row for each way, while auth is ${outage.fault}.`,
    svg: await chartOf(outage),
  }));
  await writeClaim({ region: 'outage', command: 'ways-outage', load, text, charts: await Promise.all(charts) });
}

const slug = (fault: string) => fault.split(' ')[0] ?? '';

async function takeAuthAway(seconds: number | undefined): Promise<readonly Outage[]> {
  const ports = await authPorts();
  const link = await Link.start(Object.values(ports) as number[]);
  const system = await startTrustSystem(ports, link);
  const gateways: StartedService[] = [];
  try {
    // One each: requests that wait for auth in one way do not delay those of another.
    for (const way of WAYS) gateways.push(await system.startGateway(way));
    await insert(system, FEW);
    // The first log-in can exceed the deadline of production on a busy machine.
    const person = await eventually(() => Person.join(system, 'Person'));
    const outages: Outage[] = [];
    for (const fault of FAULTS)
      outages.push(await under({ ...fault, ...(seconds !== undefined && { seconds }) }, { system, link, gateways }, person));
    return outages;
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await system.stop();
    link.stop();
  }
}

async function under({ name, seconds, begin, end }: Fault, scene: Scene, person: Person): Promise<Outage> {
  await eventually(() => person.logIn());
  const asks: Ask<Way>[] = [];
  for (const [index, name] of WAYS.entries()) {
    const url = `http://127.0.0.1:${scene.gateways[index]?.ports.http ?? NaN}/graphql`;
    asks.push({ name, url, tokens: await insertSessions(scene.system, person, USERS) });
  }
  const load = startRequests(asks, { perSecond: PER_SECOND, leadS: LEAD_S });
  try {
    await sleep(LEAD_S * 1_000);
    const began = performance.now();
    await begin(scene);
    await sleep(seconds * 1_000);
    await end(scene);
    const backAt = (performance.now() - began) / 1_000;
    await sleep(AFTERWARDS_S * 1_000);
    return { fault: name, backAt, requests: byWay(await load.stop(), began) };
  } finally {
    await load.stop();
  }
}

/** The requests of each way, with times since the begin of the fault. */
const byWay = (sent: readonly TimedRequest<Way>[], began: number) =>
  Object.fromEntries(
    WAYS.map((way) => [
      way,
      sent.filter(({ name }) => name === way).map(({ startedAt, ...rest }) => ({ ...rest, at: (startedAt - began) / 1_000 })),
    ]),
  ) as unknown as Outage['requests'];

/** A row for each fault and way. */
function outageTable(outages: readonly Outage[]): Promise<string> {
  const header = [
    'auth is',
    'way',
    'served meanwhile',
    'first failure after, s',
    'its reason',
    'p99, ms',
    'failures after its return for, s',
  ];
  return table(
    header,
    outages.flatMap(({ fault, backAt, requests }) =>
      WAYS.map((way) => {
        const { during, percent } = meanwhile(requests[way], backAt);
        const times = during.map(({ ms }) => ms);
        const first = during.find(({ refusal }) => refusal !== undefined);
        const last = requests[way].findLast(({ at, refusal }) => at >= backAt && refusal !== undefined);
        return [
          `${fault} for ${figure(backAt)} s`,
          NAMES[way],
          `${figure(percent)} %`,
          figure(first?.at ?? NaN, 1),
          first?.refusal ?? '–',
          figure(quantile(times, 0.99)),
          figure((last?.at ?? backAt) - backAt, 1),
        ];
      }),
    ),
  );
}

/** The requests during the fault, and the share of them that was served, in percent. */
function meanwhile(requests: readonly Served[], backAt: number): { readonly during: readonly Served[]; readonly percent: number } {
  const during = requests.filter(({ at }) => at >= 0 && at < backAt);
  return { during, percent: (100 * during.filter(({ refusal }) => refusal === undefined).length) / during.length };
}

/** The share of requests served in each second. */
function chartOf({ fault, backAt, requests }: Outage): Promise<string> {
  const shares = WAYS.flatMap((way) =>
    [...Map.groupBy(requests[way], ({ at }) => Math.floor(at))].map(([second, ofSecond]) => ({
      series: NAMES[way],
      second,
      share: ofSecond.filter(({ refusal }) => refusal === undefined).length / ofSecond.length,
    })),
  );
  const description = WAYS.map((way) => `${NAMES[way]}: ${figure(meanwhile(requests[way], backAt).percent)} % served meanwhile.`).join(' ');
  return shareChart({ title: `Requests served each second. Grey: auth is ${fault}`, description, shares, shaded: [0, backAt] });
}
