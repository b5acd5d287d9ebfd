import { UsageError } from '@reputable/cli';
import { ROLES, SCOPES, SERVICES } from '@reputable/contracts';
import type { Who } from './verdict.ts';

/** The name for a user without a role. */
const MEMBER = 'MEMBER';

/** The options of the command. */
export interface Question {
  readonly role?: readonly string[] | undefined;
  readonly reputation?: string | undefined;
  readonly scope?: readonly string[] | undefined;
  readonly service?: string | undefined;
  readonly 'signed-out'?: boolean | undefined;
}

/**
 * The user and the service that the options describe.
 * @throws {UsageError} naming the valid values
 */
export function whoIs({ role = [MEMBER], reputation = '1', scope = SCOPES, service = 'gateway', 'signed-out': signedOut }: Question): Who {
  const services: readonly string[] = SERVICES;
  if (!services.includes(service)) throw new UsageError(`Unknown service ${service}. The services are ${services.join(', ')}.`);
  if (signedOut) return { service };
  const unknownScope = scope.find((name) => !SCOPES.includes(name));
  if (unknownScope !== undefined) throw new UsageError(`Unknown scope ${unknownScope}. The scopes are ${SCOPES.join(', ')}.`);
  const roles = role.map((name) => name.toUpperCase());
  const unknown = roles.find((name) => name !== MEMBER && !ROLES.includes(name));
  if (unknown !== undefined) throw new UsageError(`Unknown role ${unknown}. The roles are ${[MEMBER, ...ROLES].join(', ').toLowerCase()}.`);
  if (!/^[1-9]\d{0,8}$/.test(reputation)) throw new UsageError(`Invalid reputation ${reputation}. It is a whole number from 1.`);
  return { service, user: { roles: roles.filter((name) => name !== MEMBER), reputation: Number(reputation), scopes: scope } };
}
