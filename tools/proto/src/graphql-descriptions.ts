import { type Access } from '@reputable/contracts/access/v1/access';
import { ROLES } from '@reputable/contracts';

import type { Rpc } from './rpc.ts';

/** The names of roles as the descriptions have them. */
const PLURALS = ROLES.map((role) => `${role.toLowerCase()}s`);
/** A sentence that this module writes. */
const SENTENCE = new RegExp(`^(?:Needs [\\d,]+ reputation|For (?:${PLURALS.join('|')})(?: and (?:${PLURALS.join('|')}))*)\\.$`);
const FIELD = /^ {2}(\w+)[(:]/;
const DESCRIPTION = /^ {2}"(.*)"$/;
/** The first and the last line of a description of several lines. */
const BLOCK = '  """';

/**
 * A part of the GraphQL schema whose descriptions have the reputation and the roles of the contract: the sentences that the rule of an rpc
 * needs, in the description of the query or mutation of the same name.
 */
export const withRules = (schema: string, rpcs: readonly Rpc[]): string => {
  const rules = new Map(rpcs.map(({ method, rule }) => [method.localName, rule]));
  const lines: string[] = [];
  let isRoot = false;
  for (const line of schema.split('\n')) {
    if (/^\S/.test(line)) isRoot = /^(?:extend )?type (?:Query|Mutation)\b/.test(line);
    const rule = isRoot ? ruleOf(line, rules) : undefined;
    if (rule) lines.push(...described(takeDescription(lines), rule));
    lines.push(line);
  }
  return lines.join('\n');
};

/** Removes the description at the end of the lines, and returns it. */
const takeDescription = (lines: string[]): string[] => {
  const last = lines.at(-1) ?? '';
  if (last === BLOCK) return lines.splice(lines.lastIndexOf(BLOCK, -2));
  return DESCRIPTION.test(last) ? lines.splice(-1) : [];
};

const ruleOf = (line: string, rules: ReadonlyMap<string, Access>): Access | undefined => rules.get(FIELD.exec(line)?.[1] ?? '');

/** The lines of a description with the sentences of a rule, in place of those of a former one. */
const described = (former: readonly string[], rule: Access): string[] => {
  const sentences = sentencesOf(rule).join(' ');
  if (former.length > 1) return [BLOCK, ...former.slice(1, -1).flatMap(ownLine), ...(sentences === '' ? [] : [`  ${sentences}`]), BLOCK];
  const text = [ownText(DESCRIPTION.exec(former[0] ?? '')?.[1] ?? ''), sentences].filter((part) => part !== '').join(' ');
  return text === '' ? [] : [`  "${text}"`];
};

/** A text without the sentences of rules. */
const ownText = (text: string): string =>
  text
    .split(/(?<=\.) /)
    .filter((sentence) => !SENTENCE.test(sentence))
    .join(' ');

/** A line of a description of several lines without the sentences of rules; nothing if it had no others. */
const ownLine = (line: string): string[] => {
  const own = ownText(line.trim());
  if (own === line.trim()) return [line];
  return own === '' ? [] : [`  ${own}`];
};

const sentencesOf = ({ who }: Access): string[] => {
  if (who.case !== 'signedIn') return [];
  const { minReputation, anyRole } = who.value;
  return [
    ...(minReputation > 0 ? [`Needs ${minReputation.toLocaleString('en')} reputation.`] : []),
    ...(anyRole.length > 0 ? [`For ${anyRole.map((role) => `${role.toLowerCase()}s`).join(' and ')}.`] : []),
  ];
};
