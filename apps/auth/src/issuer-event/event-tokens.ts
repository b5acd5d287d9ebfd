import { type Algorithm, ALGORITHM } from '@reputable/auth';
import { errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Discovery } from '../outside-provider/discovery.ts';
import { failureOf, ProviderFailure } from '../outside-provider/provider-failure.ts';
import { ProviderKeys } from '../outside-provider/provider-keys.ts';
import type { EventSettings } from '../token-issuer/events.field.ts';
import { EFFECTS, type EventEffect } from './event-kind.ts';
import { EventRefused } from './event-refused.ts';
import { type EventSubject, subjectsIn } from './event-subject.ts';

/** The events of a verified security event token. */
export interface SecurityEvents {
  /** The issuer of the users, whoever signed the token. */
  readonly issuer: string;
  /** The id of the token, for one use. */
  readonly jti: string;
  /** From when on the token is too old to be accepted. */
  readonly expiresAt: Date;
  /** The URIs of all events. */
  readonly kinds: readonly string[];
  /** The events that have an effect, and whom they are about. */
  readonly events: readonly { readonly effect: EventEffect; readonly subjects: readonly EventSubject[] }[];
}

/** How old a pushed token may be, in seconds: transmitters repeat a delivery that failed. */
const MAX_AGE_S = 3_600;

/** By how much the transmitter's clock may differ, in seconds. */
const CLOCK_TOLERANCE_S = 60;

/** The number of events that a token can have. */
const MAX_EVENTS = 10;

/**
 * The claims that `jwtVerify` does not check (RFC 8417 §2.2). A `sub` is not allowed, so that no reader takes the token for another one
 * (OpenID Shared Signals Framework 1.0 §4.1.2).
 */
const Claims = z.object({
  jti: z.string().min(1).max(255),
  iat: z.number(),
  sub: z.undefined({ error: 'is not allowed' }).optional(),
  sub_id: z.unknown().optional(),
  events: z
    .record(z.string().max(255), z.looseObject({}))
    .refine((events) => Object.keys(events).length >= 1 && Object.keys(events).length <= MAX_EVENTS, { error: 'has none or too many' }),
});

/** Verifies the security event tokens of an issuer (RFC 8417). */
export class EventTokens {
  readonly #keys = new ProviderKeys();

  /** @param algorithms those that the issuer signs with */
  constructor(
    readonly discovery: Discovery,
    readonly algorithms: readonly Algorithm[] = [ALGORITHM],
    readonly settings: Pick<EventSettings, 'audience' | 'transmitter'>,
  ) {}

  /**
   * Verifies a token, except that it is used once.
   *
   * @param maxAgeS how old the token may be, in seconds
   * @throws EventRefused
   * @throws ProviderFailure `unavailable` if the issuer's keys cannot be fetched
   */
  async verify(token: string, maxAgeS = MAX_AGE_S): Promise<SecurityEvents> {
    const { issuer } = this.discovery.settings;
    const { audience, transmitter } = this.settings;
    const verified = await jwtVerify(token, this.#keys.at(transmitter?.jwksUri ?? (await this.#discovered())), {
      issuer: transmitter?.issuer ?? issuer,
      audience: [...audience],
      algorithms: [...this.algorithms],
      typ: 'secevent+jwt',
      clockTolerance: CLOCK_TOLERANCE_S,
      maxTokenAge: maxAgeS,
    }).catch((error: unknown) => refuse(error));
    const claims = Claims.safeParse(verified.payload);
    if (!claims.success) throw new EventRefused('invalid_request', 'The claims are not those of a SET.', z.prettifyError(claims.error));
    return eventsIn(claims.data, issuer, maxAgeS);
  }

  /** The URL of the issuer's keys. */
  async #discovered(): Promise<string> {
    return (await this.discovery.metadata()).jwks_uri ?? '';
  }
}

function eventsIn({ jti, iat, sub_id: about, events }: z.output<typeof Claims>, issuer: string, maxAgeS: number): SecurityEvents {
  return {
    issuer,
    jti,
    expiresAt: new Date((iat + maxAgeS + CLOCK_TOLERANCE_S) * 1000),
    kinds: Object.keys(events),
    events: Object.entries(events).flatMap(([kind, event]) => {
      const effect = EFFECTS.get(kind);
      // Before the final specifications, each event had its own subject.
      return effect ? [{ effect, subjects: subjectsIn(about ?? event['subject'], issuer) }] : [];
    }),
  };
}

/** The error for a token that jose does not accept. */
function refuse(error: unknown): never {
  const { message } = error as Error;
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss')
    throw new EventRefused('invalid_issuer', 'The SET is of another issuer.', message);
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
    throw new EventRefused('invalid_audience', 'The SET is for another audience.', message);
  if (KEY_FAULTS.some((fault) => error instanceof fault))
    throw new EventRefused('invalid_key', "The signature is not by a key of the issuer with one of the issuer's algorithms.", message);
  if (NO_KEYS.has((error as { readonly code?: unknown }).code)) throw new ProviderFailure('unavailable', message);
  const failure = failureOf(error);
  if (failure.kind === 'unavailable') throw failure;
  throw new EventRefused('invalid_request', 'The body is no valid SET with the type secevent+jwt.', message);
}

const KEY_FAULTS = [
  errors.JWSSignatureVerificationFailed,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
];

/** The codes of jose if the keys cannot be fetched, or are no JWKS. */
const NO_KEYS = new Set<unknown>([errors.JOSEError.code, errors.JWKSTimeout.code, errors.JWKSInvalid.code]);
