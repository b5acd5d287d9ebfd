import { SERVICES } from '@reputable/contracts';
import { z } from 'zod';
import { email } from '../account/email.field.ts';
import { anyPassword } from '../password/password.field.ts';
import { device } from '../session/device.field.ts';
import { address } from '../throttle/address.field.ts';
import { subjectToken, token } from './token.field.ts';

export const LogIn = z.object({ email: email(), password: anyPassword(), device: device(), address: address() });

export const Refresh = z.object({ refreshToken: token(), address: address() });

const audience = () =>
  z
    .array(z.enum(SERVICES, { error: `Must be among ${SERVICES.join(', ')}.` }))
    .min(1, { error: 'Must name a service at least.' })
    .max(SERVICES.length, { error: 'Must name each service once.' });

/** The address is empty for a token that no client has sent. */
const optionalAddress = () => z.union([z.literal(''), address()]);

export const ExchangeToken = z.object({ subjectToken: subjectToken(), audience: audience(), address: optionalAddress() });

export const ExchangeClientCredentials = z.object({
  clientId: token(),
  clientSecret: token(),
  audience: audience(),
  address: address(),
});
