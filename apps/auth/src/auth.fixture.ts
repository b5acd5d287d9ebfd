import type { Client } from '@reputable/auth';
import { SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { type As, freePort, type TestService, TestWorld } from '@reputable/testing';

/** A test world with a real auth and a real user service. Auth issues the tokens. */
export interface AuthWorld {
  readonly world: TestWorld;
  readonly issuer: string;
  auth: TestService;
  user: TestService;
  /** A client of auth, with the gateway as the peer. */
  authAs(as?: As): Promise<Client<typeof AuthService>>;
  /** Exchanges an opaque token for a JWT, with the gateway as the peer. */
  exchange(accessToken: string): Promise<string>;
  /** A client of user, with the gateway as the peer. */
  userAs(as?: As): Promise<Client<typeof UserService>>;
}

let shared: Promise<AuthWorld> | undefined;

/** The services that all specs of this process share, in the {@link TestWorld.shared} world. */
export const sharedAuthWorld = (): Promise<AuthWorld> => (shared ??= TestWorld.shared().then((world) => startAuthWorld({}, world)));

/** Starts both services. @param env further settings of auth */
export async function startAuthWorld(env: Record<string, string> = {}, into?: TestWorld): Promise<AuthWorld> {
  const world = into ?? (await TestWorld.create());
  // All services have the issuer's URL as a setting, so its port must be known first.
  const port = String(await freePort());
  const issuer = `http://localhost:${port}`;
  const issued = { ISSUER: issuer, JWKS_URI: `${issuer}/.well-known/jwks.json` };
  const user = await world.start('user', issued);
  const auth = await world.start('auth', { ...issued, PORT: port, USER_URL: `localhost:${String(user.ports.grpc)}`, ...env });
  const running: AuthWorld = {
    world,
    issuer,
    auth,
    user,
    authAs: (as) => world.client(AuthService, running.auth, as),
    exchange: async (subjectToken) => (await (await running.authAs()).exchangeToken({ subjectToken, audience: [...SERVICES] })).accessToken,
    userAs: (as) => world.client(UserService, running.user, as),
  };
  return running;
}

let people = 0;

/** The registration data of a new person. */
export function aPerson(): { email: string; password: string; displayName: string; device: string; address: string } {
  people += 1;
  return {
    email: `person-${String(people)}@example.com`,
    password: 'correct horse battery',
    displayName: `Person ${String(people)}`,
    device: 'Jest',
    address: '192.0.2.1',
  };
}
