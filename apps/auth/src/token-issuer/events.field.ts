import { z } from 'zod';
import { secretFile } from '../setting/secret-file.field.ts';
import { poll, type PollSettings } from './poll.field.ts';
import { transmitter, type TransmitterSettings } from './transmitter.field.ts';

/** Which events of an issuer auth accepts. */
export interface EventSettings {
  /** The audiences, one of which a security event token or a logout token must be for. */
  readonly audience: readonly string[];
  /** The bearer token that pushed security event tokens must come with; undefined if the signature is enough. */
  readonly bearer: string | undefined;
  /** How auth polls for security event tokens; undefined if the issuer pushes them. */
  readonly poll: PollSettings | undefined;
  /** Who signs the security event tokens; undefined for the issuer itself. */
  readonly transmitter: TransmitterSettings | undefined;
}

const name = z.string({ error: 'must be a text, or a list of texts.' }).min(1, { error: 'is empty.' });

/** The events of an issuer. */
export const events = () =>
  z
    .strictObject(
      {
        audience: z.union([name.transform((one) => [one]), z.array(name).min(1)], {
          error: 'is missing: the audience of the security event tokens and logout tokens, or a list of them.',
        }),
        bearerFile: secretFile('the bearer token').exactOptional(),
        poll: poll().exactOptional(),
        transmitter: transmitter().exactOptional(),
      },
      { error: 'must have audience, and nothing else except bearerFile, poll and transmitter.' },
    )
    .transform(({ bearerFile: bearer, ...more }): EventSettings => {
      const { audience, poll: polling, transmitter: signer } = more;
      return { audience, bearer, poll: polling, transmitter: signer };
    });
