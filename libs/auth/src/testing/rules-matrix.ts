import { Client as GrpcClient, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { fromServiceError } from '@reputable/errors';
import { AssertionError } from 'node:assert';
import { type AccessRule, type KnownNames, rulesOf } from '../access/access-rule.ts';
import type { ClientIdentity } from '../call/client.ts';
import type { AnyContract } from '../contract/contract.ts';
import { aUser, type TestUser } from './test-issuer.ts';

/** The service under test. */
export interface MatrixOptions {
  /** The contracts that it serves, as in `AuthModule.forService`. */
  readonly serves: readonly AnyContract[];
  /** The names that rules may use, as in `AuthModule.forService`. */
  readonly known: KnownNames;
  /** `'none'` if the service identifies no peers: rules have no `callers`. Default: by certificate. */
  readonly peer?: 'none';
  /** Its name. */
  readonly service: string;
  /** Where it listens: `localhost:50055`. */
  readonly url: () => string;
  /** A valid token for a user: `(user) => issuer.tokenFor(user)`. */
  readonly tokenFor: (user: TestUser) => Promise<string>;
  /** The identity of a calling service: `(service) => authority.identityOf(service)`. */
  readonly identityOf: (service: string) => Promise<ClientIdentity> | ClientIdentity;
}

/** One call and its expected outcome. */
export interface MatrixCase {
  /** `package.Service/Rpc`. */
  readonly rpc: string;
  /** The user and the calling service, in words. */
  readonly who: string;
  /** The reason of the refusal, or `allowed`. */
  readonly expected: string;
  /** Places the call. @throws AssertionError on any other outcome */
  readonly run: () => Promise<void>;
}

/** A user that the rule refuses for one reason, or allows. */
interface Persona {
  readonly who: string;
  readonly user?: TestUser;
  readonly forged?: boolean;
  readonly peer: string;
  readonly expected: string;
}

const TIMEOUT_MS = 5_000;

/**
 * The calls that show whether a service enforces its rules: every rpc, called for nobody, for a user who is just sufficient, for users who lack one
 * thing (fresh claims, a role, one reputation, a scope, an attribute), with a forged token, and by a service that may not call it.
 *
 * Each call sends an empty request, so that validation refuses the allowed ones before they change anything. `allowed` therefore means that no rule
 * refused the call.
 *
 * @example
 * it.each(rulesMatrix({ serves: [InvoiceService], known, service: 'invoice', url, tokenFor, identityOf }))('$rpc, $who: $expected', ({ run }) => run());
 * @throws Error if an rpc has no rule, or a rule names something unknown
 */
export function rulesMatrix(options: MatrixOptions): MatrixCase[] {
  const { serves, known, peer } = options;
  return [...rulesOf(serves, known, peer).values()].flatMap((rule) =>
    personasFor(rule, known).map((persona) => ({
      rpc: rule.path.slice(1),
      who: `${persona.who}, called by ${persona.peer}`,
      expected: persona.expected,
      run: () => check(rule, persona, options),
    })),
  );
}

function personasFor(rule: AccessRule, known: KnownNames): Persona[] {
  const [peer = 'anybody'] = rule.callers;
  const enough = sufficient(rule);
  const stranger = rule.anyPeer ? undefined : known.services.find((service) => !rule.callers.includes(service));
  const allowed = { who: 'a sufficient user', user: enough, peer, expected: 'allowed' };
  const wrongPeer = stranger === undefined ? [] : [{ ...allowed, peer: stranger, expected: 'CALLER_NOT_ALLOWED' }];
  const nobody = { who: 'nobody', peer, expected: rule.who === 'signedIn' ? 'TOKEN_MISSING' : 'allowed' };
  const forged = {
    who: 'a forged token',
    user: enough,
    forged: true,
    peer,
    expected: rule.who === 'service' ? 'allowed' : 'TOKEN_INVALID',
  };
  const lacking = rule.who === 'signedIn' ? lackingOne(rule, enough).map((persona) => ({ ...persona, peer })) : [];
  return [nobody, allowed, forged, ...lacking, ...wrongPeer];
}

function sufficient({ anyRole, minReputation, scopes, attributes }: AccessRule): TestUser {
  return aUser({
    roles: anyRole.slice(0, 1),
    reputation: Math.max(minReputation, 1),
    scopes,
    attributes: Object.fromEntries(attributes.map(({ name, min, anyOf }) => [name, min ?? anyOf.slice(0, 1)])),
  });
}

function lackingOne({ anyRole, minReputation, scopes, attributes, freshClaims }: AccessRule, enough: TestUser): Omit<Persona, 'peer'>[] {
  const without = (name: string) => Object.fromEntries(Object.entries(enough.attributes ?? {}).filter(([other]) => other !== name));
  const outdated = { ...enough, attributes: { ...enough.attributes, claims_age: 60 } };
  return [
    ...(freshClaims ? [{ who: 'a user whose claims are a minute old', user: outdated, expected: 'CLAIMS_TOO_OLD' }] : []),
    ...(anyRole.length > 0 ? [{ who: 'a user without the role', user: { ...enough, roles: [] }, expected: 'ROLE_MISSING' }] : []),
    ...(minReputation > 1
      ? [{ who: 'a user one reputation short', user: { ...enough, reputation: minReputation - 1 }, expected: 'REPUTATION_TOO_LOW' }]
      : []),
    ...scopes.map((scope) => ({
      who: `a user without the scope ${scope}`,
      user: { ...enough, scopes: scopes.filter((other) => other !== scope) },
      expected: 'SCOPE_MISSING',
    })),
    ...attributes.map(({ name }) => ({
      who: `a user without the attribute ${name}`,
      user: { ...enough, attributes: without(name) },
      expected: 'ATTRIBUTE_INSUFFICIENT',
    })),
  ];
}

async function check(rule: AccessRule, persona: Persona, options: MatrixOptions): Promise<void> {
  const { expected, peer } = persona;
  const actual = await outcomeOf(rule, persona, options);
  if (actual === expected) return;
  const message = `${rule.path.slice(1)}, called by ${peer} for ${persona.who}: expected ${expected}, but the call was ${actual}.`;
  throw new AssertionError({ message, actual, expected });
}

/** The reason of a refusal by a rule; `allowed` for any other outcome of a call that reached the handler. */
async function outcomeOf({ path }: AccessRule, { user, forged, peer }: Persona, options: MatrixOptions): Promise<string> {
  const metadata = new Metadata();
  if (user) metadata.set('authorization', `Bearer ${forged ? FORGED : await options.tokenFor(user)}`);
  const identity = await options.identityOf(peer);
  const url = options.url();
  const client = new GrpcClient(url, identity.credentialsFor(options.service, url), identity.channelOptions);
  try {
    return await firstOutcome(client, path, metadata);
  } finally {
    client.close();
  }
}

/** Works for every kind of rpc: on the wire, a unary call is a stream with one message. */
function firstOutcome(client: GrpcClient, path: string, metadata: Metadata): Promise<string> {
  const bytes = (buffer: Buffer) => buffer;
  const call = client.makeBidiStreamRequest(path, bytes, bytes, metadata, { deadline: Date.now() + TIMEOUT_MS });
  return new Promise((resolve) => {
    call.on('data', () => {
      call.cancel();
      resolve('allowed');
    });
    call.on('end', () => {
      resolve('allowed');
    });
    call.on('error', (error: ServiceError) => {
      resolve(outcomeIn(error));
    });
    call.end(Buffer.alloc(0));
  });
}

function outcomeIn(error: ServiceError): string {
  if (error.code === status.UNIMPLEMENTED) return 'UNIMPLEMENTED';
  const { reason } = fromServiceError(error, 'the service');
  return REFUSALS.has(reason) || UNDECIDED.has(reason) ? reason : 'allowed';
}

/** A token in the form of a JWT, with a signature of nobody. */
const FORGED = `${Buffer.from('{"alg":"ES256","typ":"at+jwt","kid":"x"}').toString('base64url')}.e30.${'A'.repeat(86)}`;

/** The reasons for refusals before a rule applies. */
const UNDECIDED = new Set(['SERVICE_UNAVAILABLE', 'OVERLOADED']);

/** The reasons by which rules refuse. */
const REFUSALS = new Set([
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'KEYS_UNAVAILABLE',
  'CLAIMS_INVALID',
  'CLAIMS_UNAVAILABLE',
  'CLAIMS_TOO_OLD',
  'REVOCATIONS_UNKNOWN',
  'CLOCK_SKEW',
  'CALLER_NOT_ALLOWED',
  'PRESENTER_MISMATCH',
  'TRANSACTION_MISMATCH',
  'TRANSACTION_USED',
  'REQUEST_MISMATCH',
  'ROLE_MISSING',
  'REPUTATION_TOO_LOW',
  'SCOPE_MISSING',
  'ATTRIBUTE_INSUFFICIENT',
]);
