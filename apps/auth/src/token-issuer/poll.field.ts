import { z } from 'zod';
import { privateUrl } from '../setting/private-url.field.ts';
import { secretFile } from '../setting/secret-file.field.ts';

/** How auth polls an issuer for security event tokens (RFC 8936). */
export interface PollSettings {
  readonly endpoint: string;
  /** The bearer token of each request. */
  readonly accessToken: string;
  /** The pause between two polls, in seconds. */
  readonly intervalS: number;
}

const INTERVAL = 'must be a number of seconds, 1 to 3600.';

/** The polling of an issuer. */
export const poll = () =>
  z
    .strictObject(
      {
        endpoint: privateUrl('the polling endpoint of the transmitter'),
        accessTokenFile: secretFile('the bearer token for the polling endpoint'),
        intervalS: z.int({ error: INTERVAL }).min(1, { error: INTERVAL }).max(3_600, { error: INTERVAL }).default(10),
      },
      { error: 'must have endpoint and accessTokenFile, and nothing else except intervalS.' },
    )
    .transform(({ accessTokenFile: accessToken, ...rest }): PollSettings => ({ ...rest, accessToken }));
