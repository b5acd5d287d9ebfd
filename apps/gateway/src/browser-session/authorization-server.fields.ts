import { httpUrl, isPrivate, required } from '@reputable/service';
import { z } from 'zod';

const given = (what: string) => required(what).optional();

const isPrivateText = (value: string) => {
  const url = URL.parse(value);
  return !url || isPrivate(url);
};

/** The settings with which browsers log in at another authorization server than ours (P24). */
export const authorizationServer = {
  /** The issuer of the authorization server at which browsers log in, exactly as in its metadata. It must be among auth's `TOKEN_ISSUERS`. `<ISSUER>/oidc`, our own, unless set. */
  AUTHORIZATION_SERVER: httpUrl('the issuer of your authorization server')
    .refine(isPrivateText, { error: 'must be https, unless it is on this machine.' })
    .optional(),
  /** The gateway's client id at `AUTHORIZATION_SERVER`. It must be among the `trustedClients` of the issuer. */
  AUTHORIZATION_SERVER_CLIENT_ID: required("the gateway's client id").default('gateway'),
  /** The gateway's client secret at `AUTHORIZATION_SERVER`. */
  AUTHORIZATION_SERVER_CLIENT_SECRET: given('the secret of the client that is registered there for the gateway'),
  /** The scopes that a log-in at `AUTHORIZATION_SERVER` requests, with spaces between them: `openid`, and others that it needs, such as `offline_access` for a refresh token. */
  AUTHORIZATION_SERVER_SCOPE: z
    .string()
    .refine((value) => value.split(' ').includes('openid'), { error: 'must contain openid.' })
    .default('openid'),
  /** The parameter `audience` of a log-in at `AUTHORIZATION_SERVER`, if it issues JWTs for the API only with it, as Auth0 and Ory Hydra do. */
  AUTHORIZATION_SERVER_AUDIENCE: given('the audience'),
  /** The parameter `resource` (RFC 8707) of requests to `AUTHORIZATION_SERVER`, if it needs one. */
  AUTHORIZATION_SERVER_RESOURCE: given('the resource'),
};

type Settings = Partial<z.output<z.ZodObject<typeof authorizationServer>>> & { readonly ISSUER_TOKENS: boolean };

/**
 * Refuses settings that are of no use without each other.
 *
 * @throws Error that names every wrong one
 */
export function refuseCombinations(settings: Settings): void {
  const faults = [...faultsIn(settings)];
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

function* faultsIn(settings: Settings): Generator<string> {
  if (settings.AUTHORIZATION_SERVER === undefined) {
    for (const part of ['CLIENT_SECRET', 'AUDIENCE', 'RESOURCE'] as const) {
      const name = `AUTHORIZATION_SERVER_${part}` as const;
      if (settings[name] !== undefined) yield `${name} is set without AUTHORIZATION_SERVER.`;
    }
    return;
  }
  if (!settings.ISSUER_TOKENS) yield 'ISSUER_TOKENS must be true with AUTHORIZATION_SERVER, whose tokens auth exchanges.';
  if (settings.AUTHORIZATION_SERVER_CLIENT_SECRET === undefined) {
    yield 'AUTHORIZATION_SERVER_CLIENT_SECRET is missing: AUTHORIZATION_SERVER needs the secret of its client for the gateway.';
  }
}
