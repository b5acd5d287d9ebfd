import type { IssuerOptions } from './issuer-options.ts';
import type { Claims, MapClaims, MappedUser } from './mapped-user.ts';
import { logIn } from './claim-fields.ts';

/** The options of every ready-made issuer. They replace its defaults. */
export interface ReadyMadeOptions extends Omit<IssuerOptions, 'url' | 'mapClaims' | 'audienceClaim'> {
  /**
   * Adds to the user what only your tokens have: a reputation, a tenant, an attribute. Put those claims into `exampleClaims`: the service
   * checks at start that they can be mapped.
   */
  readonly more?: (claims: Claims) => Partial<MappedUser>;
}

/** Completes a ready-made issuer: its defaults, replaced by the options, and its mapping, completed by `more`. */
export function readyMade(
  defaults: IssuerOptions & { readonly mapClaims: MapClaims; readonly exampleClaims: Claims },
  { more, exampleClaims, ...options }: ReadyMadeOptions,
): IssuerOptions {
  const { mapClaims } = defaults;
  return {
    ...defaults,
    ...options,
    mapClaims: (claims) => ({ ...mapClaims(claims), ...logIn.parse(claims), ...more?.(claims) }),
    exampleClaims: { ...defaults.exampleClaims, ...exampleClaims },
  };
}
