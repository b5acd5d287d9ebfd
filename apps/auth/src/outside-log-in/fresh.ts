import type { Interaction } from 'oidc-provider';
import { textOf } from '../interaction/interactions.ts';
import type { OutsideLogIn } from '../outside-provider/outside-log-ins.ts';
import { CLOCK_TOLERANCE_S } from '../outside-provider/openid-configuration.ts';

/** Whether the application asks for a log-in now, and not for one of earlier (OpenID Connect Core §3.1.2.1). */
export const isFreshNeeded = ({ params }: Pick<Interaction, 'params'>): boolean =>
  params['max_age'] !== undefined || textOf(params['prompt']).split(' ').includes('login');

/** Whether the user has authenticated at the provider since this log-in began. */
export const isFresh = ({ begunAt, identity }: OutsideLogIn): boolean =>
  identity.authTime !== null && identity.authTime >= begunAt.getTime() / 1000 - CLOCK_TOLERANCE_S;

/** The `auth_time` of the log-in: the provider's, unless it is in the future by our clock. */
export const authTimeOf = ({ identity }: OutsideLogIn): number => Math.min(identity.authTime ?? Infinity, Math.floor(Date.now() / 1000));
