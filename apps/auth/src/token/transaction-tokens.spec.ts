import { create, toBinary } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { requestHashOf, ruleOf } from '@reputable/auth';
import { SCOPES, SERVICES } from '@reputable/contracts';
import { AuthService, type IssueTransactionTokenRequest, type Tokens } from '@reputable/contracts/auth/v1/auth';
import { GRPC_SERVICES, TRUST_DOMAIN } from '@reputable/contracts/registry';
import { GetUserRequestSchema, UpdateProfileRequestSchema } from '@reputable/contracts/user/v1/user';
import { aUser, denied, eventually, query } from '@reputable/testing';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { aPerson, type AuthWorld, sharedAuthWorld } from '../auth.fixture.ts';

/** The hash of no request. */
const HASH = 'A'.repeat(43);

const UPDATE_PROFILE = 'reputable.user.v1.UserService/UpdateProfile';

let running: AuthWorld;
beforeAll(async () => {
  running = await sharedAuthWorld();
});

const join = async () => (await running.join(aPerson())).tokens as Tokens;

/** A JWT as the gateway has one with `TOKENS_INSIDE=txn`. */
const exchanged = async ({ accessToken: subjectToken }: Pick<Tokens, 'accessToken'>, audience = ['gateway', 'auth']) =>
  (await (await running.authAs()).exchangeToken({ subjectToken, audience })).accessToken;

type Request = Partial<Omit<IssueTransactionTokenRequest, '$typeName'>>;

const issue = async (subjectToken: string, more: Request = {}, service = 'gateway') =>
  (await running.authAs({ service })).issueTransactionToken({
    subjectToken,
    audience: TRUST_DOMAIN,
    scope: SCOPES.join(' '),
    rpc: '',
    ...more,
  });

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** A client of user with a Transaction Token. */
const userWith = async ({ accessToken: token }: { readonly accessToken: string }) => running.userAs({ token });

describe('a Transaction Token', () => {
  it('is verified by jose alone, with the claims of the draft and the user of the JWT', async () => {
    const tokens = await join();
    await query(running.user.databaseUrl, "UPDATE profile SET roles = '{MODERATOR}', reputation_sum = 41 WHERE id = $1", [tokens.userId]);
    const jwt = await exchanged(tokens);
    const response = await issue(jwt, { scope: 'profile:write', rpc: UPDATE_PROFILE, requestSha256: HASH });
    expect(response).toMatchObject({ issuedTokenType: 'urn:ietf:params:oauth:token-type:txn_token', tokenType: 'N_A' });
    const { payload, protectedHeader } = await jwtVerify(
      response.accessToken,
      createRemoteJWKSet(new URL(`${running.issuer}/.well-known/jwks.json`)),
      { typ: 'txntoken+jwt', audience: TRUST_DOMAIN, issuer: running.issuer, maxTokenAge: 15 },
    );
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'txntoken+jwt', kid: expect.any(String) });
    const of = decodeJwt(jwt);
    expect(payload).toEqual({
      ...{
        iss: running.issuer,
        aud: TRUST_DOMAIN,
        sub: tokens.userId,
        txn: expect.stringMatching(/^[\da-f-]{36}$/),
        scope: 'profile:write',
      },
      ...{ iat: expect.any(Number), exp: (payload.iat ?? 0) + response.expiresIn, rev: of['rev'] },
      req_wl: `spiffe://${TRUST_DOMAIN}/gateway`,
      tctx: { action: 'write', rpc: UPDATE_PROFILE, request_sha256: HASH, roles: ['MODERATOR'], reputation: 42 },
      rctx: { sid: of['sid'], client_id: of['client_id'], auth_time: of['auth_time'], amr: ['pwd'] },
    });
    expect(response.expiresIn).toBe(15);
  });

  it('for reads is valid as long as the JWT, and has another txn each time', async () => {
    const jwt = await exchanged(await join());
    const [one, other] = [decodeJwt((await issue(jwt)).accessToken), decodeJwt((await issue(jwt)).accessToken)];
    expect([one.exp, one['tctx']]).toEqual([decodeJwt(jwt).exp, { action: 'read', roles: [], reputation: 1 }]);
    expect(one['txn']).not.toBe(other['txn']);
  });

  it('is valid for its rpc, and for no other one with side effects', async () => {
    const jwt = await exchanged(await join());
    const users = await userWith(await issue(jwt, { rpc: UPDATE_PROFILE }));
    expect((await users.updateProfile({ displayName: 'Renamed' })).user?.displayName).toBe('Renamed');
    const other = await userWith(await issue(jwt, { rpc: 'reputable.post.v1.PostService/UpvotePost' }));
    await expect(other.updateProfile({ displayName: 'Stolen' })).rejects.toMatchObject(denied('TRANSACTION_MISMATCH'));
  });

  it('is valid for the request in its hash, and for no other one', async () => {
    const jwt = await exchanged(await join());
    const requestSha256 = requestHashOf(toBinary(UpdateProfileRequestSchema, create(UpdateProfileRequestSchema, { displayName: 'Mine' })));
    const token = async () => userWith(await issue(jwt, { rpc: UPDATE_PROFILE, requestSha256 }));
    await expect((await token()).updateProfile({ displayName: 'Stolen' })).rejects.toMatchObject(denied('REQUEST_MISMATCH'));
    expect((await (await token()).updateProfile({ displayName: 'Mine' })).user?.displayName).toBe('Mine');
  });

  it('for reads reads, and changes nothing', async () => {
    const { userId, accessToken } = await join();
    const users = await userWith(await issue(await exchanged({ accessToken })));
    expect((await users.listReputationEvents({ userId })).events).toEqual([]);
    await expect(users.updateProfile({ displayName: 'Stolen' })).rejects.toMatchObject(denied('TRANSACTION_MISMATCH'));
  });

  it('has the scopes that it was requested with, which services enforce', async () => {
    const { userId, accessToken } = await join();
    const users = await userWith(await issue(await exchanged({ accessToken }), { scope: 'posts:read' }));
    await expect(users.listReputationEvents({ userId })).rejects.toMatchObject(denied('SCOPE_MISSING'));
  });

  it('ends with the session, like every token', async () => {
    const jwt = await exchanged(await join());
    const [forLogOut, forReads] = [await issue(jwt, { rpc: 'reputable.auth.v1.AuthService/LogOut' }), await issue(jwt)];
    await (await running.authAs({ token: forLogOut.accessToken })).logOut({});
    const auth = await running.authAs({ token: forReads.accessToken });
    await eventually(() => expect(auth.listSessions({})).rejects.toMatchObject(denied('TOKEN_REVOKED')));
    await expect(issue(jwt)).rejects.toMatchObject(denied('TOKEN_REVOKED'));
  });

  it('replaces a JWT that no other service than gateway and auth accepts', async () => {
    const users = await running.userAs({ token: await exchanged(await join()) });
    await expect(users.updateProfile({ displayName: 'Stolen' })).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });
});

describe('a replacement', () => {
  const VOTE = 'reputable.post.v1.PostService/UpvotePost';
  const GET_USER = 'reputable.user.v1.UserService/GetUser';
  const hashOf = (id: string) => requestHashOf(toBinary(GetUserRequestSchema, create(GetUserRequestSchema, { id })));

  /** The token of a vote, as post has received it, and the user. */
  async function voteOf() {
    const { userId, accessToken } = await join();
    const { accessToken: vote } = await issue(await exchanged({ accessToken }), {
      rpc: VOTE,
      requestSha256: HASH,
      scope: 'profile:read votes:write',
    });
    return { userId, vote };
  }
  const replace = (token: string, more: Request = {}, service = 'post') =>
    issue(token, { scope: 'profile:read', rpc: GET_USER, ...more }, service);

  it('has the transaction, the user and the call chain of the replaced token, and lives no longer', async () => {
    const { userId, vote } = await voteOf();
    const [before, after] = [decodeJwt(vote), decodeJwt((await replace(vote, { requestSha256: hashOf(userId) })).accessToken)];
    expect(after).toEqual({
      ...before,
      ...{ iat: expect.any(Number), scope: 'profile:read', req_wl: `spiffe://${TRUST_DOMAIN}/post` },
      tctx: { action: 'read', rpc: GET_USER, request_sha256: hashOf(userId), roles: [], reputation: 1 },
      rctx: { ...(before['rctx'] as object), call_chain: [`spiffe://${TRUST_DOMAIN}/gateway`] },
    });
  });

  it('is valid for the service that requested it, its rpc and its request', async () => {
    const { userId, vote } = await voteOf();
    const { accessToken: token } = await replace(vote, { requestSha256: hashOf(userId) });
    const users = await running.userAs({ token, service: 'post' });
    expect((await users.getUser({ id: userId })).user?.id).toBe(userId);
    await expect(users.getUser({ id: (await join()).userId })).rejects.toMatchObject(denied('REQUEST_MISMATCH'));
    const stolen = await running.userAs({ token, service: 'gateway' });
    await expect(stolen.getUser({ id: userId })).rejects.toMatchObject(
      denied('PRESENTER_MISMATCH', { caller: `spiffe://${TRUST_DOMAIN}/gateway`, allowed: `spiffe://${TRUST_DOMAIN}/post` }),
    );
  });

  it('of a token for reads is valid for any request of its rpc, as long as that token', async () => {
    const { userId, accessToken } = await join();
    const { accessToken: reads } = await issue(await exchanged({ accessToken }));
    const { accessToken: token } = await replace(reads);
    expect([decodeJwt(token).exp, decodeJwt(token)['txn']]).toEqual([decodeJwt(reads).exp, decodeJwt(reads)['txn']]);
    const users = await running.userAs({ token, service: 'post' });
    for (const id of [userId, (await join()).userId]) expect((await users.getUser({ id })).user?.id).toBe(id);
    // Only the gateway may call further rpcs of the user service that read.
    const { accessToken: ofGateway } = await replace(reads, {}, 'gateway');
    const gateway = await running.userAs({ token: ofGateway });
    expect((await gateway.getUser({ id: userId })).user?.id).toBe(userId);
    await expect(gateway.listUsers({})).rejects.toMatchObject(denied('TRANSACTION_MISMATCH', { allowed: GET_USER }));
  });

  it('changes nothing, whatever its rpc', async () => {
    const { accessToken: reads } = await issue(await exchanged(await join()));
    const { accessToken: token } = await replace(reads, { rpc: UPDATE_PROFILE, scope: SCOPES.join(' ') });
    const users = await running.userAs({ token, service: 'post' });
    await expect(users.updateProfile({ displayName: 'Stolen' })).rejects.toMatchObject(denied('CALLER_NOT_ALLOWED'));
    const asGateway = await replace(reads, { rpc: UPDATE_PROFILE, scope: SCOPES.join(' ') }, 'gateway');
    const gateway = await running.userAs({ token: asGateway.accessToken });
    await expect(gateway.updateProfile({ displayName: 'Stolen' })).rejects.toMatchObject(denied('TRANSACTION_MISMATCH'));
  });

  it.each<[string, Request, string]>([
    ['with a scope that the replaced token does not have', { scope: 'profile:read posts:read' }, 'INVALID_FIELD'],
    ['for another trust domain', { audience: 'evil.example' }, 'INVALID_FIELD'],
    ['for all reads', { rpc: '' }, 'INVALID_FIELD'],
    ['for any request, if the replaced token is for one', { requestSha256: '' }, 'INVALID_FIELD'],
  ])('is refused %s', async (_name, more, reason) => {
    await expect(replace((await voteOf()).vote, { requestSha256: HASH, ...more })).rejects.toMatchObject(denied(reason));
  });

  it('is for the rows that the replaced token is bound to, and for no others', async () => {
    const jwt = await exchanged(await join());
    const binds = { post_id: '1', user_id: '2' };
    const { accessToken: vote } = await issue(jwt, { rpc: VOTE, requestSha256: HASH, binds });
    const { accessToken: replacement } = await replace(vote, { requestSha256: HASH });
    expect([decodeJwt(vote)['tctx'], decodeJwt(replacement)['tctx']]).toMatchObject([{ binds }, { action: 'read', binds }]);
    await expect(replace(vote, { requestSha256: HASH, binds: { post_id: '3' } })).rejects.toMatchObject(denied('INVALID_FIELD'));
  });

  it('is refused to a service that the replaced token is not for, and to one that has already replaced it', async () => {
    const { vote } = await voteOf();
    const forUser = { requestSha256: HASH };
    for (const service of ['comment', 'gateway'])
      await expect(replace(vote, forUser, service)).rejects.toMatchObject(denied('TOKEN_INVALID'));
    const { accessToken: replacement } = await replace(vote, forUser);
    await expect(replace(replacement, forUser)).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it('is refused after the end of the session, of the replaced token, and of a call chain of eight', async () => {
    const { world } = running;
    const auth = await world.client(AuthService, await world.service('auth'), { service: 'post' });
    const rctx = { sid: '0193e4a1-0000-7000-8000-000000000001', client_id: 'web' };
    const reasonFor = async (claims: Record<string, unknown>) => {
      const subjectToken = await world.issuer.transactionTokenFor(aUser(), { trustDomain: TRUST_DOMAIN }, { rctx, ...claims });
      const replaced = auth.issueTransactionToken({ subjectToken, audience: TRUST_DOMAIN, scope: '', rpc: GET_USER });
      return replaced.then(
        () => 'issued',
        (error: unknown) => (error as { reason: string }).reason,
      );
    };
    const chain = (length: number) => ({ rctx: { ...rctx, call_chain: Array.from({ length }, () => `spiffe://${TRUST_DOMAIN}/post`) } });
    expect([await reasonFor({}), await reasonFor(chain(7)), await reasonFor(chain(8))]).toEqual(['issued', 'issued', 'TOKEN_INVALID']);
    expect(await reasonFor({ iat: inSeconds(-60), exp: inSeconds(-1) })).toBe('TOKEN_EXPIRED');
    const { accessToken } = await join();
    const jwt = await exchanged({ accessToken });
    const [reads, logOut] = [await issue(jwt), await issue(jwt, { rpc: 'reputable.auth.v1.AuthService/LogOut' })];
    await (await running.authAs({ token: logOut.accessToken })).logOut({});
    await eventually(() => expect(replace(reads.accessToken)).rejects.toMatchObject(denied('TOKEN_REVOKED')));
  });
});

describe('a Transaction Token is refused', () => {
  it('for any token but a JWT of an exchange', async () => {
    const { accessToken, refreshToken } = await join();
    for (const token of [accessToken, refreshToken, 'a.b.c']) {
      await expect(issue(token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
    }
    await expect(issue('x'.repeat(8_001))).rejects.toMatchObject(denied('INVALID_FIELD'));
  });

  it('for a JWT that is not for auth', async () => {
    const jwt = await exchanged(
      await join(),
      SERVICES.filter((name) => name !== 'auth'),
    );
    await expect(issue(jwt)).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it.each<[string, Partial<IssueTransactionTokenRequest>]>([
    ['another trust domain', { audience: 'evil.example' }],
    ['no trust domain', { audience: '' }],
    ['a scope that the JWT does not have', { scope: 'posts:read root' }],
    ['a scope of 64 KB', { scope: 'x'.repeat(65_536) }],
    ['every rpc', { rpc: '*' }],
    ['a service in place of an rpc', { rpc: 'reputable.user.v1.UserService' }],
    ['a path in place of an rpc', { rpc: `/${UPDATE_PROFILE}` }],
    ['a text in place of a hash', { rpc: UPDATE_PROFILE, requestSha256: 'x' }],
    ['rows without an rpc', { binds: { post_id: '1' } }],
    ['rows of a kind of another form', { rpc: UPDATE_PROFILE, binds: { 'post id': '1' } }],
    ['an id of 64 KB', { rpc: UPDATE_PROFILE, binds: { post_id: 'x'.repeat(65_536) } }],
    [
      'rows of 11 kinds',
      { rpc: UPDATE_PROFILE, binds: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${String(index)}`, ''])) },
    ],
    ['an rpc of 64 KB', { rpc: `${'x'.repeat(65_536)}/Rpc` }],
  ])('with %s', async (_name, more) => {
    await expect(issue(await exchanged(await join()), more)).rejects.toMatchObject(denied('INVALID_FIELD'));
  });

  const { callers } = ruleOf(AuthService.method.issueTransactionToken);

  it.each(GRPC_SERVICES.filter((name) => name !== 'auth' && !callers.includes(name)))(
    'to %s, which is not among the callers in the contract',
    async (service) => {
      const auth = await running.authAs({ service });
      const request = { subjectToken: await exchanged(await join()), audience: TRUST_DOMAIN, scope: '', rpc: '' };
      await expect(auth.issueTransactionToken(request)).rejects.toMatchObject(denied('CALLER_NOT_ALLOWED'));
    },
  );

  /** A request to an auth that trusts the issuer of the tests, for a JWT with these claims. */
  async function issueFor(claims: Record<string, unknown>, rpc = '') {
    const { world } = running;
    const subjectToken = await world.issuer.tokenFor(aUser(), { act: { sub: 'gateway' }, ...claims });
    const auth = await world.client(AuthService, await world.service('auth'));
    return auth.issueTransactionToken({ subjectToken, audience: TRUST_DOMAIN, scope: '', rpc });
  }

  it('to a workload other than the one that exchanged the JWT', async () => {
    await expect(issueFor({ act: { sub: 'comment' } })).rejects.toMatchObject(denied('TOKEN_INVALID'));
    await expect(issueFor({ act: undefined })).rejects.toMatchObject(denied('TOKEN_INVALID'));
    expect((await issueFor({})).tokenType).toBe('N_A');
  });

  it('for a JWT that has expired, also within the clock skew that services tolerate', async () => {
    await expect(issueFor({ iat: inSeconds(-60), exp: inSeconds(-1) })).rejects.toMatchObject(denied('TOKEN_EXPIRED'));
    expect((await issueFor({ exp: inSeconds(9) }, UPDATE_PROFILE)).expiresIn).toBeLessThanOrEqual(9);
  });
});
