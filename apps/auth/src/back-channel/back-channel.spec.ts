import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, query } from '@reputable/testing';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { sharedAuthWorld } from '../auth.fixture.ts';
import { type Application, type OAuthWorld, openOAuthWorld, type Person } from '../oauth.fixture.ts';

let running: OAuthWorld;

beforeAll(async () => {
  running = await openOAuthWorld(await sharedAuthWorld());
});
afterAll(async () => {
  await running.end();
});

/** A client's server, which receives logout tokens and answers with `status`. */
class Receiver {
  readonly tokens: string[] = [];
  status = 200;

  private constructor(readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        receiver.tokens.push(new URLSearchParams(body).get('logout_token') ?? '');
        response.writeHead(receiver.status).end();
      });
    });
    const receiver = new Receiver(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/logout`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

const anApplication = (receiver: Receiver) => running.application({ backChannelLogOutUri: receiver.url });

async function asUser(person: Person) {
  const { tokens } = await (await running.authAs()).logIn(person);
  return running.authAs({ token: await running.exchange(tokens?.accessToken ?? '') });
}

/** Verifies a logout token as a client does (OpenID Connect Back-Channel Logout 1.0 §2.6). */
async function verified(token: string | undefined, { id }: Application) {
  const keys = createRemoteJWKSet(new URL(`${running.issuer}/oidc/jwks`));
  const options = {
    issuer: `${running.issuer}/oidc`,
    audience: id,
    typ: 'logout+jwt',
    requiredClaims: ['iat', 'exp', 'jti', 'sub', 'sid'],
  };
  return (await jwtVerify(token ?? '', keys, options)).payload;
}

/** How many notices to these applications are delivered. */
async function deliveredTo(...applications: readonly Application[]): Promise<number> {
  const done = "SELECT 1 FROM pgboss.job WHERE name = 'log_out_notice' AND state = 'completed' AND data ->> 'clientId' = ANY($1)";
  return (await query(running.auth.databaseUrl, done, [applications.map(({ id }) => id)])).length;
}

const sidIn = (idToken: string | undefined) => decodeJwt(idToken ?? '')['sid'];

describe('back-channel log-out', () => {
  it('tells the client which session has ended, by a token that it can verify', async () => {
    await using receiver = await Receiver.start();
    const [application, person] = [await anApplication(receiver), await running.person()];
    const tokens = await application.logIn(running.browser(), person);
    const user = await asUser(person);
    const session = (await user.listSessions({ pageSize: 10, pageToken: '' })).sessions.find(({ client }) => client === 'Weekly Digest');
    await user.endSession({ id: session?.id ?? '' });
    await eventually(() => {
      expect(receiver.tokens).toHaveLength(1);
    });
    const logout = await verified(receiver.tokens[0], application);
    expect(logout).toMatchObject({
      sub: decodeJwt(tokens.id_token ?? '').sub,
      sid: session?.id,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(sidIn(tokens.id_token)).toBe(session?.id);
    expect(logout['nonce']).toBeUndefined();
  });

  it.each<[string, (person: Person, user: Awaited<ReturnType<typeof asUser>>) => Promise<unknown>]>([
    [
      'a changed password',
      ({ password, address }, user) => user.changePassword({ currentPassword: password, newPassword: 'another horse battery', address }),
    ],
    ['the end of all other sessions', (_, user) => user.endOtherSessions({})],
    [
      'the withdrawal of the consent',
      async (_, user) => {
        const [allowed] = (await user.listAllowedApplications({ pageSize: 10, pageToken: '' })).applications;
        return user.disallowApplication({ id: allowed?.id ?? '' });
      },
    ],
  ])('follows %s', async (_, end) => {
    await using receiver = await Receiver.start();
    const [application, person] = [await anApplication(receiver), await running.person()];
    const tokens = [await application.logIn(running.browser(), person), await application.logIn(running.browser(), person)];
    await end(person, await asUser(person));
    await eventually(() => {
      expect(new Set(receiver.tokens.map(sidIn))).toEqual(new Set(tokens.map(({ id_token: token }) => sidIn(token))));
    });
  });

  it('follows a log-out at another application of the same log-in, once for each', async () => {
    await using receiver = await Receiver.start();
    const [one, other, person, browser] = [
      await anApplication(receiver),
      await anApplication(receiver),
      await running.person(),
      running.browser(),
    ];
    const tokens = [await one.logIn(browser, person), await other.logIn(browser, person)];
    const page = await browser.open(`/oidc/session/end?client_id=${one.id}`);
    await browser.send(page, page.forms[0], { logout: 'yes' });
    await eventually(async () => {
      expect(await deliveredTo(one, other)).toBe(2);
    });
    await eventually(() => {
      expect(receiver.tokens.map(sidIn).sort()).toEqual(tokens.map(({ id_token: token }) => sidIn(token)).sort());
    });
  });

  it('does not follow a revocation by the client itself', async () => {
    await using receiver = await Receiver.start();
    await using witness = await Receiver.start();
    const [application, person] = [await anApplication(receiver), await running.person()];
    const { refresh_token: token = '' } = await application.logIn(running.browser(), person);
    await running.post('/token/revocation', { token, client_id: application.id, client_secret: application.secret ?? '' });
    const second = await anApplication(witness);
    await second.logIn(running.browser(), person);
    await (await asUser(person)).endOtherSessions({});
    await eventually(() => {
      expect(witness.tokens).toHaveLength(1);
    });
    expect(receiver.tokens).toEqual([]);
  });

  it('is repeated until the client accepts it, and a client that is down delays no other one', async () => {
    await using down = await Receiver.start();
    await using up = await Receiver.start();
    down.status = 503;
    const [first, second, person] = [await anApplication(down), await anApplication(up), await running.person()];
    await first.logIn(running.browser(), person);
    await second.logIn(running.browser(), person);
    await (await asUser(person)).endOtherSessions({});
    await eventually(() => {
      expect(down.tokens.length).toBeGreaterThan(1);
      expect(up.tokens).toHaveLength(1);
    });
    down.status = 204;
    const failed = down.tokens.length;
    await eventually(() => {
      expect(down.tokens.length).toBe(failed + 1);
    });
    const ids = down.tokens.map((token) => decodeJwt(token));
    expect(new Set(ids.map(({ sid }) => sid)).size).toBe(1);
    expect(new Set(ids.map(({ jti }) => jti)).size).toBe(ids.length);
  });
});
