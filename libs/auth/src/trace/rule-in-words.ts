import type { AccessRule } from '../access/access-rule.ts';

const words = new WeakMap<AccessRule, string>();

/** A rule in words: `signed in, 15 reputation, scope votes:write; callers: gateway`. */
export function inWords(rule: AccessRule): string {
  let text = words.get(rule);
  if (text === undefined) words.set(rule, (text = describe(rule)));
  return text;
}

function describe(rule: AccessRule): string {
  const callers = rule.callers.length > 0 ? `; callers: ${rule.callers.join(', ')}` : '';
  return `${[whoOf(rule), ...conditionsOf(rule)].join(', ')}${callers}`;
}

const whoOf = ({ who }: AccessRule) => ({ anyone: 'anyone', signedIn: 'signed in', service: 'a service' })[who];

function conditionsOf({ anyRole, minReputation, scopes, attributes, freshClaims }: AccessRule): string[] {
  return [
    ...(anyRole.length > 0 ? [`role ${anyRole.join(' or ')}`] : []),
    ...(minReputation > 0 ? [`${String(minReputation)} reputation`] : []),
    ...scopes.map((scope) => `scope ${scope}`),
    ...attributes.map(({ name, min, anyOf }) => `${name} ${min === undefined ? anyOf.join(' or ') : `at least ${String(min)}`}`),
    ...(freshClaims ? ['fresh claims'] : []),
  ];
}
