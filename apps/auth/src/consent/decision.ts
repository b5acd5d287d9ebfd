import type { Grant } from 'oidc-provider';
import { CLAIMS } from '../client/client-rules.ts';
import type { Consent } from './consent.entity.ts';

/** What a user has decided about an application's scopes. */
export type Decision = Pick<Consent, 'allowed' | 'rejected'>;

/** The user's answer to one consent page. */
export interface Answer {
  /** The scopes that the application requested. */
  readonly requested: readonly string[];
  /** The scopes among them that the user allows. */
  readonly allowed: ReadonlySet<string>;
}

/** Whether the user has decided about all of these scopes. */
export const covers = ({ allowed, rejected }: Decision, scopes: readonly string[]) =>
  scopes.every((scope) => allowed.includes(scope) || rejected.includes(scope));

/** The decision after one more answer, which replaces earlier ones about the same scopes. */
export function decide({ allowed, rejected }: Decision, answer: Answer): Decision {
  const isOpen = (scope: string) => !answer.requested.includes(scope);
  return {
    allowed: [...allowed.filter(isOpen), ...answer.requested.filter((scope) => answer.allowed.has(scope))],
    rejected: [...rejected.filter(isOpen), ...answer.requested.filter((scope) => !answer.allowed.has(scope))],
  };
}

/** Writes a decision into a grant: the application gets tokens without the rejected scopes, and is not asked again. */
export function fill(grant: Grant, { allowed, rejected }: Decision, api: string): void {
  grant.addOIDCScope(allowed.filter(isOidc));
  grant.addOIDCClaims(claimsOf(allowed));
  grant.addResourceScope(
    api,
    allowed.filter((scope) => !isOidc(scope)),
  );
  // oidc-provider keeps a scope rejected even when it is added later, so these rejections replace the earlier ones.
  grant.rejected = {
    openid: { scope: rejected.filter(isOidc).join(' '), claims: claimsOf(rejected) },
    resources: { [api]: rejected.filter((scope) => !isOidc(scope)).join(' ') },
  };
}

const isOidc = (scope: string) => Object.hasOwn(CLAIMS, scope);

const claimsOf = (scopes: readonly string[]) => scopes.flatMap((scope) => CLAIMS[scope] ?? []);
