import type { IssuerAudience } from './issuer-audience.ts';
import { isPrivate } from './private-url.ts';
import { ALGORITHM, ALGORITHMS, CLOCK_SKEW_S, type IssuerOptions, MAX_LIFETIME_S, TOKEN_TYPES } from './issuer-options.ts';
import { MappedUser } from './mapped-user.ts';
import { reputableClaims } from './reputable-claims.ts';

/** The options of an issuer with all defaults. */
export type IssuerSettings = IssuerOptions &
  Required<Omit<IssuerOptions, 'namespace' | 'claimsSource' | 'exampleClaims' | 'transactionTokens'>>;

const MAX_LIFETIME_BOUND_S = 86_400;
const CLOCK_SKEW_BOUND_S = 60;
const CLAIMS_AGE_BOUNDS_MS = [1_000, 300_000] as const;

/**
 * Applies the defaults.
 *
 * @throws Error that lists every wrong option
 */
export function settingsOf(options: IssuerOptions, { service, attributes = {} }: IssuerAudience): IssuerSettings {
  const settings: IssuerSettings = {
    keys: {},
    audience: service,
    audienceClaim: 'aud',
    algorithms: [ALGORITHM],
    types: ['at+jwt'],
    maxLifetimeS: MAX_LIFETIME_S,
    clockSkewS: CLOCK_SKEW_S,
    mapClaims: reputableClaims,
    ...options,
  };
  const faults = [...faultsIn(settings), ...faultsInExample(settings, attributes)];
  if (faults.length > 0) throw new Error(faults.map((fault) => `The issuer ${options.url}: ${fault}`).join('\n'));
  return settings;
}

/** The options that weaken a check compared with the defaults, for the log. */
export function weakeningsOf(settings: IssuerSettings, service: string): string[] {
  const { algorithms, types, audience, audienceClaim, maxLifetimeS, clockSkewS } = settings;
  return [
    ...(algorithms.every((algorithm) => algorithm === ALGORITHM) ? [] : [`algorithms ${algorithms.join(', ')} (default ${ALGORITHM})`]),
    ...(types.every((type) => type === 'at+jwt') ? [] : [`typ ${types.join(', ')} (default at+jwt)`]),
    ...(audience === service ? [] : [`audience ${audience} (default ${service})`]),
    ...(audienceClaim === 'aud' ? [] : [`audience in ${audienceClaim} (default aud)`]),
    ...(maxLifetimeS <= MAX_LIFETIME_S ? [] : [`lifetime up to ${String(maxLifetimeS)} s (default ${String(MAX_LIFETIME_S)} s)`]),
    ...(clockSkewS <= CLOCK_SKEW_S ? [] : [`clock skew up to ${String(clockSkewS)} s (default ${String(CLOCK_SKEW_S)} s)`]),
  ];
}

function faultsIn(settings: IssuerSettings): string[] {
  const { url, keys, audience, algorithms, types, maxLifetimeS, clockSkewS, namespace, claimsSource, transactionTokens } = settings;
  const jwksUri = 'jwksUri' in keys ? keys.jwksUri : undefined;
  return [
    ...(URL.canParse(url) && isPrivate(new URL(url)) ? [] : ['url must be https, or http on this machine.']),
    ...(jwksUri === undefined || isPrivate(jwksUri) ? [] : [`keys.jwksUri must be https, or http on this machine: ${jwksUri.href}.`]),
    ...(audience === '' ? ['audience is empty.'] : []),
    ...(transactionTokens === '' ? ['transactionTokens is empty: set the trust domain.'] : []),
    ...faultsInList('algorithms', algorithms, ALGORITHMS),
    ...faultsInList('types', types, TOKEN_TYPES),
    ...faultsInRange('maxLifetimeS', maxLifetimeS, 1, MAX_LIFETIME_BOUND_S),
    ...faultsInRange('clockSkewS', clockSkewS, 0, CLOCK_SKEW_BOUND_S),
    ...(claimsSource ? faultsInRange('claimsSource.maxAgeMs', claimsSource.maxAgeMs, ...CLAIMS_AGE_BOUNDS_MS) : []),
    ...(namespace === undefined || /^[\w-]{1,50}$/.test(namespace) ? [] : ['namespace must be 1 to 50 letters, digits, - or _.']),
  ];
}

function faultsInList(name: string, used: readonly string[], known: readonly string[]): string[] {
  if (used.length === 0) return [`${name} is empty: list at least one of ${known.join(', ')}.`];
  return used.filter((one) => !known.includes(one)).map((one) => `${name} lists ${one}, which is none of ${known.join(', ')}.`);
}

const faultsInRange = (name: string, value: number, min: number, max: number): string[] =>
  Number.isFinite(value) && value >= min && value <= max ? [] : [`${name} must be ${String(min)} to ${String(max)}, not ${String(value)}.`];

/** The faults that the example token shows in the mapping. */
function faultsInExample({ mapClaims, exampleClaims }: IssuerSettings, known: NonNullable<IssuerAudience['attributes']>): string[] {
  if (mapClaims === reputableClaims) return [];
  if (!exampleClaims) return ['exampleClaims is missing: with mapClaims, add the claims of one of its tokens.'];
  try {
    const { attributes = {} } = MappedUser.parse(mapClaims(exampleClaims));
    return Object.entries(attributes).flatMap(([name, value]) => faultsInAttribute(name, value, known));
  } catch (error) {
    return [`mapClaims does not map exampleClaims: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function faultsInAttribute(name: string, value: number | readonly string[], known: NonNullable<IssuerAudience['attributes']>): string[] {
  const kind = known[name];
  if (kind === undefined) return [`mapClaims returns the attribute ${name}, which known.attributes does not list.`];
  if (kind === (typeof value === 'number' ? 'number' : 'texts')) return [];
  return [`mapClaims returns the attribute ${name}, which known.attributes lists as ${kind}, in another form.`];
}
