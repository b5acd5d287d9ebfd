import type { DescMethod } from '@bufbuild/protobuf';
import { ChannelCredentials, Client as GrpcClient, type ServiceError } from '@grpc/grpc-js';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { AuthenticatedUser, refuseUser, ruleOf } from '@reputable/auth';
import { SCOPES } from '@reputable/contracts';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { Code, DomainError } from '@reputable/errors';
import { type As, aUser, type TestService, type TestUser } from '@reputable/testing';
import { type Makers, makersFor, type Row, rows, subjectOf } from './access-table.ts';
import { ownerOf, rpcs } from './contract.ts';
import { Subjects } from './subject.ts';

const ALMIGHTY = { roles: ['MODERATOR', 'ADMIN'], reputation: 10_000 };
/** More than any rule requires. */
const PLENTY = 10_000;

let subjects: Subjects;
let makers: Makers;
beforeAll(async () => {
  subjects = await Subjects.start();
  makers = makersFor(subjects);
});

/** Places the call of a row with a new subject, as the user that `user` returns for the subject's owner. */
async function attempt({ name, rpc }: Row, as: Omit<As, 'user'>, user?: (owner?: string) => TestUser): Promise<Outcome> {
  const method = methodOf(rpc);
  const { request, owner } = await subjectOf(makers, name);
  const signedIn = user && (await subjects.withProfile(user(owner)));
  return { user: signedIn, ...(await outcomeOf(place(method, request, { ...as, user: signedIn }))) };
}

async function outcomeOf(placed: Promise<unknown>): Promise<Omit<Outcome, 'user'>> {
  const error = await placed.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error !== undefined && !(error instanceof DomainError)) throw error as Error;
  return { error, reason: error?.reason ?? 'yes' };
}

/** Resolves with the response, or with the first message of a stream. */
async function place(method: DescMethod, request: object, as: As): Promise<unknown> {
  if (method.methodKind === 'server_streaming') {
    const stream = await subjects.world.stream(method, serviceOf(method), as);
    return stream.first().finally(stream.close);
  }
  const client = await subjects.world.client(method.parent, serviceOf(method), as);
  return (client as Record<string, (request: object) => Promise<unknown>>)[method.localName]?.(request);
}

interface Outcome {
  readonly user: TestUser | undefined;
  readonly error: DomainError | undefined;
  /** The reason of the error, or `yes`. */
  readonly reason: string;
}

const methodOf = (rpc: string) => rpcs.get(rpc) as DescMethod;
const serviceOf = (method: DescMethod) => subjects.services[ownerOf(method.parent)] as TestService;
const somebody = (user: Partial<TestUser>) => () => aUser(user);
const identified = (user: TestUser) => new AuthenticatedUser({ scopes: SCOPES, ...user, sessionId: '', clientId: '' });

it('has a row for every rpc of the contract, and no other', () => {
  expect([...new Set(rows.map(({ rpc }) => rpc))].sort()).toEqual([...rpcs.keys()].sort());
});

const known = rows.filter(({ rpc }) => rpcs.has(rpc));

describe.each(known)('$name (A8)', (row) => {
  const { rpc, from, outcomes, services } = row;
  const { nobody, member, MODERATOR, ADMIN, owner } = outcomes;

  it('accepts and refuses users as listed', async () => {
    const [asNobody, asMember, asModerator, asAdmin, asOwner] = await Promise.all([
      attempt(row, {}),
      attempt(row, {}, somebody({ reputation: 1 })),
      attempt(row, {}, somebody({ roles: ['MODERATOR'] })),
      attempt(row, {}, somebody({ roles: ['ADMIN'] })),
      attempt(row, {}, (id) => aUser({ ...(id !== undefined && { id }), reputation: PLENTY })),
    ]);
    const actual = { nobody: asNobody, member: asMember, MODERATOR: asModerator, ADMIN: asAdmin, owner: asOwner };
    expect(Object.fromEntries(Object.entries(actual).map(([who, { reason }]) => [who, reason]))).toEqual({
      nobody,
      member,
      MODERATOR,
      ADMIN,
      owner,
    });
    for (const outcome of Object.values(actual)) expectTheSameEarly(methodOf(rpc), outcome);
  });

  it('accepts a member from the listed reputation on', async () => {
    const short = await attempt(row, {}, somebody({ reputation: Math.min(from, PLENTY + 1) - 1 || 1 }));
    expect(short.reason).toBe(member);
    if (member === 'REPUTATION_TOO_LOW') {
      expect(short.error).toMatchObject({ code: Code.PERMISSION_DENIED, metadata: { required: String(from), actual: String(from - 1) } });
    }
    expectTheSameEarly(methodOf(rpc), short);
    if (from === Infinity) return;
    expect((await attempt(row, {}, somebody({ reputation: from }))).reason).toBe('yes');
  });

  it('requires the listed scope, whatever else the user may do', async () => {
    const scopes = SCOPES.filter((scope) => scope !== row.scope);
    const without = await attempt(row, {}, somebody({ ...ALMIGHTY, scopes: row.scope === undefined ? [] : scopes }));
    if (row.scope === undefined) {
      expect(without.reason).not.toBe('SCOPE_MISSING');
      return;
    }
    expect(without.error).toMatchObject({ code: Code.PERMISSION_DENIED, reason: 'SCOPE_MISSING', metadata: { required: row.scope } });
    expectTheSameEarly(methodOf(rpc), without);
  });

  it('accepts and refuses services as listed, with any user', async () => {
    const attempts = Object.keys(services).map(async (service) => [service, await attempt(row, { service }, somebody(ALMIGHTY))] as const);
    const actual = await Promise.all(attempts);
    expect(Object.fromEntries(actual.map(([service, { reason }]) => [service, reason]))).toEqual(services);
    for (const [service, { error }] of actual) {
      if (error?.reason === 'CALLER_NOT_ALLOWED')
        expect(error).toMatchObject({ code: Code.PERMISSION_DENIED, metadata: { caller: service } });
    }
  });

  it('is unreachable without a certificate', async () => {
    expect(await callWithoutCertificate(methodOf(rpc))).toBe(Code.UNAVAILABLE);
  });
});

/** Users whom some rules refuse. */
const INSUFFICIENT = { 'a user without roles': aUser({ reputation: 1 }), 'a user without scopes': aUser({ ...ALMIGHTY, scopes: [] }) };

/** The part of the matrix that depends on the kind of the token: who the user is, and what the token is for. */
describe.each(known)('$name with a Transaction Token', (row) => {
  const method = methodOf(row.rpc);
  const rule = ruleOf(method);
  const fromGateway = rule.callers.includes('gateway');

  it('of its own is accepted as a JWT is', async () => {
    const owner = await attempt(row, { inside: 'txn' }, (id) => aUser({ ...(id !== undefined && { id }), reputation: PLENTY }));
    expect(owner.reason).toBe(row.outcomes['owner']);
  });

  for (const [name, user] of Object.entries(INSUFFICIENT)) {
    if (!fromGateway || !refuseUser(rule, identified(user))) continue;
    it(`of ${name} is refused, with the same error as a JWT`, async () => {
      expectTheSameEarly(method, { user, ...(await outcomeOf(place(method, {}, { inside: 'txn', user }))) });
    });
  }

  if (!fromGateway || rule.who === 'service' || rule.isRead) return;
  it.each([
    ['reads', undefined],
    ['another rpc', '/reputable.other.v1.OtherService/Change'],
  ])('for %s is refused', async (_name, path) => {
    const token = await subjects.world.issuer.transactionTokenFor(aUser(ALMIGHTY), { trustDomain: TRUST_DOMAIN, path });
    const { error } = await outcomeOf(place(method, {}, { token }));
    const allowed = path?.slice(1) ?? '';
    expect(error).toMatchObject({ code: Code.PERMISSION_DENIED, reason: 'TRANSACTION_MISMATCH', metadata: { allowed } });
  });
});

/** The service refuses with the same error as the gateway, which refuses before it forwards (P7). */
function expectTheSameEarly(method: DescMethod, { user, error }: Outcome): void {
  if (error?.reason === 'CALLER_NOT_ALLOWED') return;
  const early = refuseUser(ruleOf(method), user && identified(user));
  if (!early) return;
  const { code, reason, message, metadata } = early;
  expect(error).toMatchObject({ code, reason, message, metadata });
}

async function callWithoutCertificate(method: DescMethod): Promise<number | undefined> {
  const root = Buffer.from(subjects.world.authority.rootPem);
  const client = new GrpcClient(`localhost:${String(serviceOf(method).ports.grpc)}`, ChannelCredentials.createSsl(root));
  const empty = () => Buffer.alloc(0);
  try {
    return await new Promise((resolve) => {
      const done = (error: ServiceError | null) => {
        resolve(error?.code);
      };
      client.makeUnaryRequest(`/${method.parent.typeName}/${method.name}`, empty, empty, {}, { deadline: Date.now() + 5_000 }, done);
    });
  } finally {
    client.close();
  }
}
