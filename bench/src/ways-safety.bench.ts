import { patiently } from '@reputable/cli';
import { Person } from '@reputable/dev';
import { query } from '@reputable/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeClaim } from './claim-page.ts';
import type { BenchOptions } from './options.ts';
import { quantile } from './quantile.ts';
import { FEW, insert, type Rows } from './rows.ts';
import { startSteadyLoad } from './steady-load.ts';
import { figure, table } from './table.ts';
import { ATTACKS, deleteAs, type Scene } from './trust/attack.ts';
import { Insider, type Outcome } from './trust/insider.ts';
import { startTrustSystem, type TrustSystem } from './trust/trust-system.ts';
import { NAMES, WAYS, type Way } from './trust/way.ts';

/** The number of sessions that are revoked, and of roles that are removed. */
const REVOCATIONS = 10;

/** A former moderator deletes posts until the removal of the role takes effect. */
const ROWS: Rows = { ...FEW, posts: 20_000, commentsOnTen: 1 };

/** Enough upvotes for the reputation that comments and votes need. */
const UPVOTES = 12;

/** How long a revoked identity is tried, in milliseconds. */
const GIVE_UP_MS = 8_000;

/** The life of our JWT with the clock skew, and a bit more, in milliseconds. */
const LATER_MS = 127_000;

const LATER = 'what a service saw of a member, from inside after 127 seconds';
const LOG_OUT = 'the same after the log-out of its session: refused after, ms (p50, p99)';
const ROLE = 'a moderator at the gateway, after the role is removed: refused after, ms (p50, p99)';

const THROUGH = '**got through**';

/** The outcome of an attack on something that a way does not have. */
const NO_OBJECT = '–';

/** The outcomes of the attacks in each way. */
type Outcomes = Readonly<Record<string, Readonly<Record<Way, string>>>>;

/** Runs the same attacks against each way to trust. */
export async function run({ write = false }: BenchOptions): Promise<void> {
  const outcomes = await patiently('Attacking', attackWays());
  const text = `${await safetyTable(outcomes)}\n${losses(outcomes)}`;
  console.log(text);
  const load = `under a load of list queries; ${REVOCATIONS} log-outs and removed roles in each way`;
  if (write) await writeClaim({ region: 'safety', command: 'ways-safety', load, text });
}

/** Runs all attacks against all ways. */
async function attackWays(): Promise<Outcomes> {
  const system = await startTrustSystem();
  const insiders: Insider[] = [];
  try {
    const scene = await sceneOf(system);
    insiders.push(scene.gateway, scene.comment);
    const outcomes = Object.fromEntries(
      [...ATTACKS.map(({ name }) => name), LATER, LOG_OUT, ROLE].map((name) => [name, {} as Record<Way, string>]),
    );
    const note = (name: string, way: Way, outcome: string) => Object.assign(outcomes[name] ?? {}, { [way]: outcome });
    const seen = new Map<Way, string>();
    for (const way of WAYS) seen.set(way, await scene.gateway.seen(way, scene.member));
    const later = sleep(LATER_MS);
    for (const way of WAYS) {
      await system.use(way);
      const load = startSteadyLoad(system, scene.member.token);
      for (const { name, run: attack } of ATTACKS) note(name, way, inWords(await attack(scene, way)));
      // At once: with a cache, each takes most of a minute.
      const [afterLogOut, afterRemoval] = await Promise.all([revokeSessions(scene, way), removeRoles(scene)]);
      note(LOG_OUT, way, timesOf(afterLogOut));
      note(ROLE, way, timesOf(afterRemoval));
      await load.stop();
    }
    await later;
    for (const way of WAYS) note(LATER, way, inWords(await scene.gateway.read(seen.get(way) ?? '', scene.postIds[0])));
    return outcomes;
  } finally {
    for (const insider of insiders) insider.close();
    await system.stop();
  }
}

async function sceneOf(system: TrustSystem): Promise<Scene> {
  await insert(system, ROWS);
  const posts = await query<{ id: string }>(system.databaseUrl('post'), 'SELECT id FROM post');
  const nextPost = () => {
    const { id } = posts.pop() ?? {};
    if (id === undefined) throw new Error('All posts are deleted.');
    return id;
  };
  const [gateway, comment, outsider] = await Promise.all([
    Insider.open(system, 'gateway'),
    Insider.open(system, 'comment'),
    Insider.open(system),
  ]);
  const moderator = await Person.join(system, 'Moderator', { roles: ['MODERATOR'] });
  await moderator.ask('mutation { logOut }');
  const member = await Person.join(system, 'Member');
  const [victim, author] = [await Person.join(system, 'Victim', { upvotes: UPVOTES }), await Person.join(system, 'Author')];
  const postIds = [await author.write('A post'), await author.write('Another post')] as const;
  const commentIds = [await author.comment(postIds[0], 'One'), await author.comment(postIds[0], 'Another')] as const;
  const insiders = { gateway, comment, outsider };
  return { system, ...insiders, member, victim, moderatorId: moderator.id, nextPost, postIds, commentIds };
}

/** How long what a service saw of a session works inside after the session has ended, for several sessions. */
async function revokeSessions({ system, gateway, postIds: [postId] }: Scene, way: Way): Promise<number[]> {
  const taken: number[] = [];
  const person = await Person.join(system, 'Leaver');
  for (let index = 0; index < REVOCATIONS; index += 1) {
    if (index > 0) await person.logIn();
    const seen = await gateway.seen(way, person);
    await expectThrough(gateway.read(seen, postId));
    await person.ask('mutation { logOut }');
    taken.push(await timeUntilRefused(() => gateway.read(seen, postId)));
    if (taken.includes(Infinity)) break;
  }
  return taken;
}

/** How long a former moderator can use the role through the gateway, for several moderators. */
async function removeRoles({ system, nextPost }: Scene): Promise<number[]> {
  const taken: number[] = [];
  const [admin, moderator] = [
    await Person.join(system, 'Admin', { roles: ['ADMIN'] }),
    await Person.join(system, 'Moderator', { roles: ['MODERATOR'] }),
  ];
  const attempt = () => deleteAs(moderator, nextPost());
  const change = (mutation: 'grantRole' | 'revokeRole') =>
    admin.ask(`mutation ($userId: ID!) { ${mutation}(userId: $userId, role: MODERATOR) { id } }`, { userId: moderator.id });
  for (let index = 0; index < REVOCATIONS; index += 1) {
    if (index > 0) await change('grantRole');
    await timeUntil(attempt, (outcome) => outcome === 'through');
    await change('revokeRole');
    taken.push(await timeUntilRefused(attempt));
  }
  return taken;
}

async function expectThrough(attempt: Promise<Outcome>): Promise<void> {
  const outcome = await attempt;
  if (outcome !== 'through') throw new Error(`The identity was refused before its revocation: ${outcome}.`);
}

const timeUntilRefused = (attempt: () => Promise<Outcome>) => timeUntil(attempt, (outcome) => outcome !== 'through');

/** The time until an attempt has such an outcome, in milliseconds; Infinity if it does not come in time. */
async function timeUntil(attempt: () => Promise<Outcome>, isMeant: (outcome: Outcome) => boolean): Promise<number> {
  const began = performance.now();
  for (;;) {
    const isOver = isMeant(await attempt());
    const passed = performance.now() - began;
    if (isOver) return passed;
    if (passed > GIVE_UP_MS) return Infinity;
    await sleep(5);
  }
}

const timesOf = (taken: readonly number[]) =>
  taken.includes(Infinity) ? 'never' : `${figure(quantile(taken, 0.5))}, ${figure(quantile(taken, 0.99))}`;

function inWords(outcome: Outcome | undefined): string {
  if (outcome === undefined) return NO_OBJECT;
  if (outcome === 'SERVICE_UNAVAILABLE') return 'stopped: no connection';
  return outcome === 'through' ? THROUGH : `stopped: ${outcome}`;
}

/** What got through: an attack a row, a way a column. */
const safetyTable = (outcomes: Outcomes): Promise<string> =>
  table(
    ['attack', ...WAYS.map((way) => NAMES[way])],
    Object.entries(outcomes).map(([name, ofWays]) => [name, ...WAYS.map((way) => ofWays[way])]),
  );

/** The attacks that get through ours, and not through "asking". */
function losses(outcomes: Outcomes): string {
  const lines = (['ours', 'txn'] as const).map((way) => {
    const lost = Object.entries(outcomes).filter(([, ofWays]) => ofWays[way] === THROUGH && ofWays.asking !== THROUGH);
    return `- **${NAMES[way]}**: ${lost.length > 0 ? lost.map(([name]) => `_${name}_`).join('; ') : 'none'}.`;
  });
  return `Attacks that get through ours, and not through _${NAMES.asking}_:\n\n${lines.join('\n')}`;
}
