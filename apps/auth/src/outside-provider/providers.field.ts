import { isPrivate, required } from '@reputable/service';
import { z } from 'zod';
import { jsonArray } from '../setting/json-array.field.ts';
import { secretFile } from '../setting/secret-file.field.ts';

/** An outside OpenID provider. */
export interface ProviderSettings {
  /** Names it in URLs. */
  readonly id: string;
  /** Its name for people. */
  readonly label: string;
  /** Its issuer identifier, compared exactly. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const text = (what: string) => required(what).max(200, { error: `must have 200 characters at most: ${what}.` });

/** An issuer identifier (OpenID Connect Discovery §3): https, or http on this machine; without query and fragment. */
const issuer = () => {
  const what = "the provider's issuer identifier, as in https://accounts.example.com";
  return text(what).refine(
    (value) => {
      const url = URL.parse(value);
      return url !== null && isPrivate(url) && !/[?#]/.test(value) && url.username === '' && url.password === '';
    },
    { error: `must be an https URL without query and fragment, or http on this machine: ${what}.` },
  );
};

const Provider = z
  .strictObject(
    {
      id: required('the id of the provider in URLs').regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, {
        error: 'must have lower-case letters, digits and single hyphens only.',
      }),
      label: text("the provider's name for people"),
      issuer: issuer(),
      clientId: text('the client id that the provider gave to this service'),
      clientSecretFile: secretFile('the client secret'),
    },
    { error: 'must have id, label, issuer, clientId and clientSecretFile, and nothing else.' },
  )
  .transform(({ clientSecretFile: clientSecret, ...provider }): ProviderSettings => ({ ...provider, clientSecret }));

const WHAT = 'must be a JSON array of objects with id, label, issuer, clientId and clientSecretFile.';

/** The outside OpenID providers: a JSON array; empty text means none. Errors never contain a secret. */
export const providers = () =>
  jsonArray(Provider, WHAT).superRefine((all, context) => {
    for (const name of ['id', 'issuer'] as const) {
      for (const [index, each] of all.entries()) {
        if (all.findIndex((other) => other[name] === each[name]) === index) continue;
        context.addIssue({ code: 'custom', path: [index, name], message: `is that of another provider: ${each[name]}.` });
      }
    }
  });
