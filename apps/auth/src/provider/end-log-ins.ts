import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Grants } from './grants.ts';

/** Ends the log-in for good after a log-out in the browser. oidc-provider only deletes it, and another request could save it again. */
export function endLogIns(provider: Provider, grants: Pick<Grants, 'endLogIn'>): void {
  provider.use(async (ctx, next) => {
    await next();
    const { route, params, session } = (ctx.oidc ?? {}) as Partial<KoaContextWithOIDC['oidc']>;
    if (route === 'end_session_confirm' && ctx.status === 303 && params?.['logout'] && session) await grants.endLogIn(session.uid);
  });
}
