import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { AuditFailures } from '../audit/audit-failures.ts';
import { certificateOf } from './workloads.ts';

/** The endpoints at which clients authenticate, relative to the mount. */
export const CLIENT_ENDPOINTS: ReadonlySet<string> = new Set(['/token', '/token/introspection', '/token/revocation', '/request']);

/** Records clients that fail to authenticate in the audit log, with the method that they tried. */
export function recordRefusedClients(provider: Provider, failures: Pick<AuditFailures, 'note'>): void {
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.status !== 401 || !CLIENT_ENDPOINTS.has(ctx.path)) return;
    failures.note({ type: 'log_in', reason: 'CLIENT_CREDENTIALS_INVALID', details: { method: methodOf(ctx as KoaContextWithOIDC) } });
  });
}

/** The name of the method in client metadata; `client_secret` for both ways to send a secret. */
function methodOf({ req, oidc: { body = {}, client } }: KoaContextWithOIDC): string {
  if (req.headers.authorization !== undefined || body['client_secret'] !== undefined) return 'client_secret';
  if (body['client_assertion'] !== undefined) return 'private_key_jwt';
  return certificateOf(req) || client?.clientAuthMethod === 'tls_client_auth' ? 'tls_client_auth' : 'none';
}
