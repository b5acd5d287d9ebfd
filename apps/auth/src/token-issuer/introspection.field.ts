import { required } from '@reputable/service';
import { z } from 'zod';
import { privateUrl } from '../setting/private-url.field.ts';
import { secretFile } from '../setting/secret-file.field.ts';

/** How to ask an issuer about its tokens (RFC 7662). */
export interface IntrospectionSettings {
  /** How auth authenticates: as a client of the issuer, or with a bearer token. */
  readonly credentials: { readonly clientId: string; readonly clientSecret: string } | { readonly accessToken: string };
  /** The endpoint; undefined for that of the issuer's metadata. */
  readonly endpoint: string | undefined;
  /** Whether the response must be signed (RFC 9701). */
  readonly signed: boolean;
  /** The prefix of the issuer's opaque tokens, empty for any; undefined if it issues none. */
  readonly tokenPrefix: string | undefined;
}

const signed = z.boolean({ error: 'must be true or false.' }).default(false);
const clientId = required('the client id of auth at the issuer');
const clientSecretFile = secretFile('the client secret');

/** Introspection at an issuer whose tokens are JWTs, complete or not. */
export const introspection = () =>
  z
    .strictObject(
      { clientId, clientSecretFile, signed },
      { error: 'must have clientId and clientSecretFile, and nothing else except signed.' },
    )
    .transform(({ clientSecretFile: clientSecret, ...client }): IntrospectionSettings => {
      const { clientId: id, signed: isSigned } = client;
      return { credentials: { clientId: id, clientSecret }, signed: isSigned, endpoint: undefined, tokenPrefix: undefined };
    });

const tokenPrefix = z
  .string({ error: 'must be a text.' })
  .regex(/^[\w.~+/-]{3,50}$/, { error: 'must have 3 to 50 characters of a token: letters, digits, - . _ ~ + /.' });

/** Introspection at an issuer with opaque tokens, whose endpoint its metadata may not name. */
export const opaqueIntrospection = () =>
  z
    .strictObject(
      {
        clientId: clientId.exactOptional(),
        clientSecretFile: clientSecretFile.exactOptional(),
        accessTokenFile: secretFile('the access token').exactOptional(),
        endpoint: privateUrl('the introspection endpoint').exactOptional(),
        tokenPrefix: tokenPrefix.exactOptional(),
        signed,
      },
      { error: 'has an unknown field.' },
    )
    .transform((fields, context): IntrospectionSettings => {
      const { clientId: id, clientSecretFile: clientSecret, accessTokenFile: accessToken } = fields;
      const more = { endpoint: fields.endpoint, signed: fields.signed, tokenPrefix: fields.tokenPrefix ?? '' };
      const isClient = id !== undefined && clientSecret !== undefined && accessToken === undefined;
      if (isClient) return { ...more, credentials: { clientId: id, clientSecret } };
      const isBearer = accessToken !== undefined && id === undefined && clientSecret === undefined;
      if (isBearer && !more.signed) return { ...more, credentials: { accessToken } };
      context.addIssue({ code: 'custom', message: 'must have clientId and clientSecretFile, or accessTokenFile without signed.' });
      return z.NEVER;
    });
