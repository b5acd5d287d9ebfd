import { type Access } from '@reputable/contracts/access/v1/access';
import { ROLES } from '@reputable/contracts';

import type { Rpc } from './rpc.ts';

/** The names of roles as the descriptions have them. */
const PLURALS = ROLES.map((role) => `${role.toLowerCase()}s`);
/** A sentence that this module writes. */
const SENTENCE = new RegExp(`^(?:Needs [\\d,]+ reputation|For (?:${PLURALS.join('|')})(?: and (?:${PLURALS.join('|')}))*)\\.$`);
const FIELD = /^ {2}(\w+)[(:]/;
const DESCRIPTION = /^ {2}"(.*)"$/;

/**
 * A part of the GraphQL schema whose descriptions have the reputation and the roles of the contract: the sentences that the rule of an rpc
 * needs, in the description of the query or mutation of the same name.
 */
export const withRules = (schema: string, rpcs: readonly Rpc[]): string => {
  const rules = new Map(rpcs.map(({ method, rule }) => [method.localName, rule]));
  const lines = schema.split('\n');
  let isRoot = false;
  return lines
    .flatMap((line, index) => {
      if (/^\S/.test(line)) isRoot = /^(?:extend )?type (?:Query|Mutation)\b/.test(line);
      // The line of the field has the description.
      if (isRoot && DESCRIPTION.test(line) && ruleOf(lines[index + 1] ?? '', rules)) return [];
      const rule = isRoot ? ruleOf(line, rules) : undefined;
      return rule ? [...described(DESCRIPTION.exec(lines[index - 1] ?? '')?.[1] ?? '', rule), line] : [line];
    })
    .join('\n');
};

const ruleOf = (line: string, rules: ReadonlyMap<string, Access>): Access | undefined => rules.get(FIELD.exec(line)?.[1] ?? '');

/** The line with a description, or none. */
const described = (former: string, rule: Access): string[] => {
  const own = former.split(/(?<=\.) /).filter((sentence) => sentence !== '' && !SENTENCE.test(sentence));
  const text = [...own, ...sentencesOf(rule)].join(' ');
  return text === '' ? [] : [`  "${text}"`];
};

const sentencesOf = ({ who }: Access): string[] => {
  if (who.case !== 'signedIn') return [];
  const { minReputation, anyRole } = who.value;
  return [
    ...(minReputation > 0 ? [`Needs ${minReputation.toLocaleString('en')} reputation.`] : []),
    ...(anyRole.length > 0 ? [`For ${anyRole.map((role) => `${role.toLowerCase()}s`).join(' and ')}.`] : []),
  ];
};
