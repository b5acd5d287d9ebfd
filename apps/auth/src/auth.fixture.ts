import type { Client } from '@reputable/auth';
import { SERVICES } from '@reputable/contracts';
import { AuthService, type LogInResponse } from '@reputable/contracts/auth/v1/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { linksIn, type Mail } from '@reputable/mailbox';
import {
  type As,
  createAccount,
  eventually,
  freePort,
  query,
  Relay,
  type NewAccount,
  type TestService,
  TestWorld,
} from '@reputable/testing';
import { join } from 'node:path';
import type { EventType } from './audit/event-type.ts';

/** A test world with a real auth and a real user service. Auth issues the tokens. */
export interface AuthWorld {
  readonly world: TestWorld;
  readonly issuer: string;
  auth: TestService;
  user: TestService;
  /** The connections from auth to user. */
  readonly toUser: Relay;
  /** A client of auth, with the gateway as the peer. */
  authAs(as?: As): Promise<Client<typeof AuthService>>;
  /** Exchanges an opaque token for a JWT, with the gateway as the peer. */
  exchange(accessToken: string): Promise<string>;
  /** Creates a person's account, without the mail of a registration. Returns its id. */
  create(person: Person & Pick<NewAccount, 'isVerified'>): Promise<string>;
  /** Creates a person's account, and logs in. */
  join(person: Person): Promise<LogInResponse>;
  /** A client of user, with the gateway as the peer. */
  userAs(as?: As): Promise<Client<typeof UserService>>;
  /** Waits for mails to an address. Returns them, the latest first. */
  mailsTo(email: string, count?: number): Promise<readonly Mail[]>;
  /** Waits for a mail to an address, and returns the link in it. */
  linkTo(email: string): Promise<URL>;
}

/** How long a test waits for a mail, in milliseconds. */
const MAIL_MS = 20_000;

let shared: Promise<AuthWorld> | undefined;

/** The services that all specs of this process share, in the {@link TestWorld.shared} world. */
export const sharedAuthWorld = (): Promise<AuthWorld> => (shared ??= TestWorld.shared().then(startAuthWorld));

/** Starts auth and user. */
export async function startAuthWorld(into?: TestWorld): Promise<AuthWorld> {
  const world = into ?? (await TestWorld.create());
  const issuer = await anIssuer();
  return startAuth(world, issuer, await world.start('user', issuer));
}

/**
 * Starts an auth of its own, with the user service of {@link sharedAuthWorld}, which does not accept its JWTs. Stop it in the end.
 *
 * @param env further settings
 */
export async function startOtherAuth(env: Record<string, string> = {}): Promise<AuthWorld> {
  const { world, user } = await sharedAuthWorld();
  return startAuth(world, await anIssuer(), user, env);
}

/** All services have the issuer's URL as a setting, so its port must be known first. */
async function anIssuer() {
  const port = String(await freePort());
  const ISSUER = `http://localhost:${port}`;
  return { PORT: port, ISSUER, JWKS_URI: `${ISSUER}/.well-known/jwks.json` };
}

async function startAuth(
  world: TestWorld,
  issuer: Awaited<ReturnType<typeof anIssuer>>,
  user: TestService,
  env: Record<string, string> = {},
): Promise<AuthWorld> {
  const toUser = await Relay.start(() => running.user.ports.grpc);
  const auth = await world.start('auth', { ...issuer, USER_URL: toUser.url, ...env });
  const running: AuthWorld = {
    world,
    issuer: issuer.ISSUER,
    auth,
    user,
    toUser,
    authAs: (as) => world.client(AuthService, running.auth, as),
    exchange: async (subjectToken) => (await (await running.authAs()).exchangeToken({ subjectToken, audience: [...SERVICES] })).accessToken,
    create: (person) => createAccount({ auth: running.auth.databaseUrl, user: running.user.databaseUrl }, person),
    join: async (person) => {
      await running.create(person);
      return (await running.authAs()).logIn(person);
    },
    userAs: (as) => world.client(UserService, running.user, as),
    mailsTo: async (email, count = 1) => {
      const mailbox = await world.mailbox();
      return eventually(() => {
        const mails = mailbox.mailsTo(email);
        if (mails.length < count) throw new Error(`${email} has ${String(mails.length)} mails, not ${String(count)}.`);
        return mails;
      }, MAIL_MS);
    },
    linkTo: async (email) => {
      const [mail] = await running.mailsTo(email);
      return new URL((mail && linksIn(mail)[0]) ?? '');
    },
  };
  return running;
}

/** The arguments of Node that run a command of auth as it was built: `compiledCommand('clients')`. */
export const compiledCommand = (name: string): string[] => [join(import.meta.dirname, `../../../dist/apps/auth/src/${name}.cli.js`)];

/**
 * Waits for an event in the audit log.
 *
 * @param columns values that one event of the type has, in its columns and in `details`
 */
export const expectAudited = (
  { auth }: Pick<AuthWorld, 'auth'>,
  type: EventType,
  columns: Readonly<Record<string, string>>,
): Promise<void> =>
  eventually(async () => {
    const found = await query<{ event: Record<string, unknown> }>(
      auth.databaseUrl,
      'SELECT to_jsonb(audit_event) || details AS event FROM audit_event WHERE type = $1',
      [type],
    );
    const matches = found.some(({ event }) => Object.entries(columns).every(([name, value]) => event[name] === value));
    if (!matches) throw new Error(`No event ${type} with ${JSON.stringify(columns)} among ${JSON.stringify(found)}.`);
  });

let people = 0;

/** A person, as a client of auth sees one. */
export interface Person {
  email: string;
  password: string;
  displayName: string;
  device: string;
  address: string;
}

/** A new person without an account. */
export function aPerson(): Person {
  people += 1;
  return {
    email: `person-${String(people)}@example.com`,
    password: 'correct horse battery',
    displayName: `Person ${String(people)}`,
    device: 'Jest',
    address: '192.0.2.1',
  };
}
