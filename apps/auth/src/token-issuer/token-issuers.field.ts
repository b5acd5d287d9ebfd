import { auth0, cognito, entraId, type IssuerOptions, keycloak, oryHydra } from '@reputable/auth';
import { PERSONAL_ACCESS_TOKEN_PREFIX } from '@reputable/contracts';
import { z } from 'zod';
import { jsonArray } from '../setting/json-array.field.ts';
import { events, type EventSettings } from './events.field.ts';
import { introspection, type IntrospectionSettings, opaqueIntrospection } from './introspection.field.ts';

/** An issuer whose access tokens users can call the API with. */
export interface TokenIssuerSettings {
  /** Names it in the client ids of its tokens. */
  readonly id: string;
  /** How its tokens are verified. */
  readonly issuer: IssuerOptions;
  /** Whose roles a user has: those that the user service keeps, or those in the token. */
  readonly rolesFrom: 'reputable' | 'issuer';
  /** The issuer's client ids whose tokens have all scopes and the user's roles, as our own clients do. */
  readonly trustedClients: readonly string[];
  /** How to ask the issuer about its tokens; undefined if they are only verified. */
  readonly introspection: IntrospectionSettings | undefined;
  /** Which events of the issuer are accepted; undefined for none. */
  readonly events: EventSettings | undefined;
}

const text = (what: string) => z.string({ error: `is missing: ${what}.` }).min(1, { error: `is empty: ${what}.` });

const id = text('the id of the issuer').regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, {
  error: 'must have lower-case letters, digits and single hyphens only.',
});

const common = {
  id,
  rolesFrom: z.enum(['reputable', 'issuer'], { error: 'must be reputable or issuer.' }).default('reputable'),
  trustedClients: z.array(z.string().min(1), { error: 'must be a list of client ids.' }).default([]),
  audience: text('the audience of the tokens for this API'),
  maxLifetimeS: z.number({ error: 'must be a number of seconds.' }).exactOptional(),
  events: events().exactOptional(),
};

const Settings = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      ...common,
      kind: z.literal('keycloak'),
      realm: text('the URL of the realm'),
      roles: z.enum(['realm', 'client'], { error: 'must be realm or client.' }),
      introspection: introspection().exactOptional(),
    }),
    z.strictObject({
      ...common,
      kind: z.literal('auth0'),
      domain: text('the domain of the tenant'),
      rolesClaim: text('a claim').exactOptional(),
    }),
    z.strictObject({
      ...common,
      kind: z.literal('entra-id'),
      tenant: text('the id of the tenant'),
      roles: z.enum(['roles', 'groups'], { error: 'must be roles or groups.' }).exactOptional(),
    }),
    z.strictObject({ ...common, kind: z.literal('cognito'), region: text('the region'), userPool: text('the id of the user pool') }),
    z.strictObject({
      ...common,
      kind: z.literal('ory-hydra'),
      url: text('the URL of the issuer'),
      introspection: opaqueIntrospection().exactOptional(),
    }),
  ],
  { error: 'must have a kind: keycloak, auth0, entra-id, cognito or ory-hydra.' },
);

type Settings = z.output<typeof Settings>;

function issuerOf(settings: Settings): IssuerOptions {
  const { id: _id, rolesFrom: _rolesFrom, trustedClients: _trustedClients, events: _events, ...options } = settings;
  switch (options.kind) {
    case 'keycloak': {
      const { introspection: _introspection, ...realm } = options;
      return keycloak(realm);
    }
    case 'auth0':
      return auth0(options);
    case 'entra-id':
      return entraId(options);
    case 'cognito':
      return cognito(options);
    case 'ory-hydra': {
      const { introspection: _introspection, ...hydra } = options;
      return oryHydra(hydra);
    }
  }
}

const introspectionOf = (settings: Settings) => ('introspection' in settings ? settings.introspection : undefined);

const TokenIssuer = Settings.transform((settings): TokenIssuerSettings => {
  const { id: name, rolesFrom, trustedClients, events: accepted } = settings;
  const more = { introspection: introspectionOf(settings), events: accepted };
  return { id: name, rolesFrom, trustedClients, issuer: issuerOf(settings), ...more };
});

const WHAT = 'must be a JSON array of objects with id, kind, audience and the fields of the kind.';

/** The issuers whose access tokens the API accepts: a JSON array; empty text means none. */
export const tokenIssuers = () =>
  jsonArray(TokenIssuer, WHAT).superRefine((all, context) => {
    for (const [index, { id, issuer }] of all.entries()) {
      const earlier = all.slice(0, index);
      if (earlier.some((other) => other.id === id))
        context.addIssue({ code: 'custom', path: [index, 'id'], message: `is that of another issuer: ${id}.` });
      if (earlier.some((other) => other.issuer.url === issuer.url))
        context.addIssue({ code: 'custom', path: [index], message: `is another entry for the issuer ${issuer.url}.` });
      const path = [index, 'introspection', 'tokenPrefix'];
      const prefix = prefixOf(all[index]);
      const like = earlier.find((other) => areAlike(prefix, prefixOf(other)));
      if (like)
        context.addIssue({
          code: 'custom',
          path,
          message: `must tell the opaque tokens from those of ${like.id}: give both a prefix that the other does not begin with.`,
        });
      const twin = earlier.find((other) => haveSameEvents(other, all[index]));
      if (twin)
        context.addIssue({
          code: 'custom',
          path: [index, 'events', 'audience'],
          message: `must be another one than that of ${twin.id}, which has the same transmitter.`,
        });
      if (areAlike(prefix || undefined, PERSONAL_ACCESS_TOKEN_PREFIX))
        context.addIssue({ code: 'custom', path, message: 'is that of our personal access tokens.' });
    }
  });

const prefixOf = (issuer: TokenIssuerSettings | undefined) => issuer?.introspection?.tokenPrefix;

/** Whether one token can have both prefixes. */
const areAlike = (one: string | undefined, other: string | undefined) =>
  one !== undefined && other !== undefined && (one.startsWith(other) || other.startsWith(one));

/** The `iss` of the security event tokens of an issuer. */
const signerOf = ({ issuer, events: accepted }: TokenIssuerSettings) => accepted?.transmitter?.issuer ?? issuer.url;

/** Whether one security event token can be for both. */
const haveSameEvents = (one: TokenIssuerSettings, other: TokenIssuerSettings | undefined) =>
  other !== undefined &&
  signerOf(one) === signerOf(other) &&
  one.events?.audience.some((audience) => other.events?.audience.includes(audience)) === true;
