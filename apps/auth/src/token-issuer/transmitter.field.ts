import { z } from 'zod';
import { required } from '@reputable/service';
import { privateUrl } from '../setting/private-url.field.ts';

/** A transmitter of security event tokens that is not the issuer itself. */
export interface TransmitterSettings {
  /** The `iss` of its tokens. */
  readonly issuer: string;
  /** Where its keys are. They are not discovered. */
  readonly jwksUri: string;
}

/** The transmitter of an issuer's events. */
export const transmitter = () =>
  z
    .strictObject(
      { issuer: required('the iss of the security event tokens'), jwksUri: privateUrl('the keys of the transmitter') },
      { error: 'must have issuer and jwksUri, and nothing else.' },
    )
    .transform((fields): TransmitterSettings => fields);
