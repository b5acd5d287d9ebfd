import { Provider } from 'oidc-provider';
import type { EndReason } from '../session/session.entity.ts';

/** Why oidc-provider revokes a grant, derived from the route of the current request. */
export function endReason(): EndReason {
  const route = Provider.ctx?.oidc.route;
  if (route === 'token') return 'used_twice';
  return route === 'end_session_confirm' ? 'logged_out' : 'revoked';
}
