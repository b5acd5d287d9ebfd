import { SCOPES } from '@reputable/contracts';
import type { Verdict, Who } from './verdict.ts';

/** The verdicts as text, one line for each rpc. */
export function answer(who: Who, verdicts: readonly Verdict[]): string {
  const width = Math.max(...verdicts.map(({ rpc }) => rpc.length));
  const parts = [...Map.groupBy(verdicts, ({ service }) => service)].map(([service, own]) =>
    [`${service}\n`, ...own.map((verdict) => `  ${verdict.rpc.padEnd(width)}  ${saying(verdict)}\n`)].join(''),
  );
  const allowed = verdicts.filter((verdict) => verdict.allowed).length;
  const sum = `${String(allowed)} of ${String(verdicts.length)} rpcs. The service decides about the row: docs/access.md.\n`;
  return [`${describe(who)}\n`, ...parts, sum].join('\n');
}

function saying({ allowed, reason = '', message = '', row }: Verdict): string {
  if (!allowed) return `no   ${reason}: ${message}`;
  return row === undefined ? 'yes' : `yes, if the row allows: ${row}`;
}

function describe({ user, service }: Who): string {
  if (!user) return `Without a user, ${service} may call:`;
  const roles = user.roles.length > 0 ? user.roles.join(' and ') : 'no role';
  const scopes = user.scopes.length < SCOPES.length ? `, scope ${user.scopes.join(' ')}` : '';
  return `A user with ${roles}, ${user.reputation.toLocaleString('en')} reputation${scopes}, through ${service}, may:`;
}
