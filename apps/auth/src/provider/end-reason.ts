import { Provider } from 'oidc-provider';
import type { EndReason } from '../session/session.entity.ts';

/** Why the authorization server revokes a grant, by what it is asked for at the moment. */
export function endReason(): EndReason {
  const route = Provider.ctx?.oidc.route;
  if (route === 'token') return 'used_twice';
  return route === 'end_session_confirm' ? 'logged_out' : 'revoked';
}
