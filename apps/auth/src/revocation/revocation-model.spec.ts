import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AuthenticatedUser, RevocationStream, TokenRevocations } from '@reputable/auth';
import { AuthService, RevocationCause } from '@reputable/contracts/auth/v1/auth';
import { eventually, query, Relay } from '@reputable/testing';
import { settings } from '@reputable/testing/property';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { type AuthWorld, sharedAuthWorld } from '../auth.fixture.ts';

/** The longest time from a reconnect to the last revocation, in milliseconds. */
const RECONNECTED_MS = 5_000;

/** A token of a user and a session. */
interface Shown {
  readonly user: string;
  readonly session: string;
}

/** The tokens that a service has seen. */
interface Model {
  readonly valid: Shown[];
  readonly revoked: Shown[];
  /** Those that were revoked while the service was connected, and since then were seen as revoked. */
  readonly known: Shown[];
  isConnected: boolean;
}

/** A service with a revocation stream from a real auth, through a relay that can be cut. */
class World {
  private constructor(
    readonly running: AuthWorld,
    readonly relay: Relay,
    readonly revocations: TokenRevocations,
    readonly stream: RevocationStream,
  ) {}

  static async open(running: AuthWorld): Promise<World> {
    const relay = await Relay.start(() => running.auth.ports.grpc);
    const revocations = new TokenRevocations();
    const stream = new RevocationStream({ url: relay.url, service: 'auth' }, await running.world.certificate('post'), revocations);
    await revocations.ready;
    return new World(running, relay, revocations, stream);
  }

  close(): void {
    this.stream.close();
    this.revocations.close();
    this.relay.down();
  }

  /** The reason for which the service refuses a token. */
  refusalOf({ user, session }: Shown): string | undefined {
    const issuedAt = Math.floor(Date.now() / 1000);
    const claims = { id: user, sessionId: session, roles: [], reputation: 1, scopes: [], clientId: '' };
    const token = { user: new AuthenticatedUser(claims), authorization: '', issuedAt, expiresAt: issuedAt + 60, freshUntil: issuedAt + 60 };
    return this.revocations.refusalOf({ ...token, afterRevocation: 0 })?.reason;
  }

  async revokeUser(userId: string): Promise<void> {
    const auth = await this.running.world.client(AuthService, this.running.auth, { service: 'user' });
    await auth.revokeUser({ id: randomUUID(), userId, cause: RevocationCause.ROLES_CHANGED });
  }

  /** As the end of a session does. */
  async revokeSession(id: string): Promise<void> {
    const ends = "clock_timestamp() + interval '5 minutes'";
    const insert = `INSERT INTO revocation (id, subject_kind, subject_id, issued_before, expires_at) VALUES ($1, 'session', $2, ${ends}, ${ends})`;
    await query(this.running.auth.databaseUrl, insert, [randomUUID(), id]);
  }

  /** Ends auth's connections to the database that listen for revocations. Until it has new ones, it gets no notification. */
  async cutListeners(): Promise<void> {
    await query(
      this.running.auth.databaseUrl,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'listener'`,
    );
  }
}

let world: World;
beforeAll(async () => {
  world = await World.open(await sharedAuthWorld());
});
afterAll(() => world.close());

type Command = fc.AsyncCommand<Model, World>;

/** Checks what holds at any time: no valid token is refused, and no revocation that the service knew is forgotten. */
function expectAsPromised({ valid, known }: Model, real: World): void {
  expect(valid.filter((token) => real.refusalOf(token) !== undefined)).toEqual([]);
  expect(known.filter((token) => real.refusalOf(token) !== 'TOKEN_REVOKED')).toEqual([]);
}

const command = (name: string, run: Command['run'], check: Command['check'] = () => true): Command => ({
  check,
  run: async (model, real) => {
    await run(model, real);
    expectAsPromised(model, real);
  },
  toString: () => name,
});

const issue = command('issue', ({ valid }) => {
  valid.push({ user: randomUUID(), session: randomUUID() });
  return Promise.resolve();
});

const revoke = (at: number, subject: 'user' | 'session') =>
  command(
    `revoke ${subject}`,
    async ({ valid, revoked }, real) => {
      const [token] = valid.splice(Math.floor(at * valid.length), 1) as [Shown];
      await (subject === 'user' ? real.revokeUser(token.user) : real.revokeSession(token.session));
      revoked.push(token);
    },
    ({ valid }) => valid.length > 0,
  );

const cutListeners = command('cut listeners', (_model, real) => real.cutListeners());

const disconnect = command(
  'disconnect',
  (model, real) => {
    real.relay.down();
    model.isConnected = false;
    return Promise.resolve();
  },
  ({ isConnected }) => isConnected,
);

const connect = command(
  'connect',
  async (model, real) => {
    await real.relay.up();
    model.isConnected = true;
  },
  ({ isConnected }) => !isConnected,
);

/** A connected service knows all revocations soon. */
const settle = command(
  'settle',
  async ({ revoked, known }, real) => {
    await eventually(() => {
      expect(revoked.filter((token) => real.refusalOf(token) !== 'TOKEN_REVOKED')).toEqual([]);
    }, RECONNECTED_MS);
    known.push(...revoked);
  },
  ({ isConnected }) => isConnected,
);

const at = fc.double({ min: 0, max: 0.999, noNaN: true });

const commands = fc.commands(
  [
    fc.constant(issue),
    fc.tuple(at, fc.constantFrom('user', 'session')).map(([place, subject]) => revoke(place, subject)),
    fc.constant(cutListeners),
    fc.constantFrom(disconnect, connect),
    fc.constantFrom(connect, settle),
  ],
  { maxCommands: 16, size: 'max' },
);

it('a service learns every revocation and refuses no other token, whatever is lost, repeated and connected again', async () => {
  const isAsPromised = async (steps: Iterable<Command>) => {
    const model: Model = { valid: [], revoked: [], known: [], isConnected: true };
    await fc.asyncModelRun(() => ({ model, real: world }), [issue, issue, issue, ...steps, connect, settle]);
  };
  await fc.assert(fc.asyncProperty(commands, isAsPromised), settings(5));
});
