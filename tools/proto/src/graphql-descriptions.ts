import { type Access } from '@reputable/contracts/access/v1/access';
import { ROLES } from '@reputable/contracts';
import { type FieldDefinitionNode, Kind, parse, type StringValueNode } from 'graphql';

import type { Rpc } from './rpc.ts';

/** The names of roles as the descriptions have them. */
const PLURALS = ROLES.map((role) => `${role.toLowerCase()}s`);
/** A sentence that this module writes. */
const SENTENCE = new RegExp(`^(?:Needs [\\d,]+ reputation|For (?:${PLURALS.join('|')})(?: and (?:${PLURALS.join('|')}))*)\\.$`);

/**
 * A part of the GraphQL schema whose descriptions have the reputation and the roles of the contract: the sentences that the rule of an rpc
 * needs, in the description of the query or mutation of the same name.
 */
export const withRules = (schema: string, rpcs: readonly Rpc[]): string => {
  const rules = new Map(rpcs.map(({ method, rule }) => [method.localName, rule]));
  // The last one first: the places of the others stay.
  return fieldsIn(schema).reduceRight((text, { name, description, loc }) => {
    const rule = rules.get(name.value);
    if (!rule || !loc || !name.loc) return text;
    return text.slice(0, loc.start) + described(description, sentencesOf(rule)) + text.slice(name.loc.start);
  }, schema);
};

/** The queries and mutations in a part of the schema. */
const fieldsIn = (schema: string): readonly FieldDefinitionNode[] =>
  parse(schema).definitions.flatMap((definition) => {
    const isType = definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.OBJECT_TYPE_EXTENSION;
    return isType && ['Query', 'Mutation'].includes(definition.name.value) ? (definition.fields ?? []) : [];
  });

/** A description with the sentences of a rule, in place of those of a former one, and the white space before the field. */
const described = (former: StringValueNode | undefined, sentences: readonly string[]): string => {
  const added = sentences.length === 0 ? [] : [sentences.join(' ')];
  if (former?.block) {
    const own = former.value.split('\n').filter((line) => line === '' || ownText(line) !== '');
    const lines = [...own.map(ownText), ...added];
    return `"""\n${lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}\n  """\n  `;
  }
  const text = [ownText(former?.value ?? ''), ...added].filter((part) => part !== '').join(' ');
  return text === '' ? '' : `${JSON.stringify(text)}\n  `;
};

/** A text without the sentences of rules. */
const ownText = (text: string): string =>
  text
    .split(/(?<=\.) /)
    .filter((sentence) => !SENTENCE.test(sentence))
    .join(' ');

const sentencesOf = ({ who }: Access): string[] => {
  if (who.case !== 'signedIn') return [];
  const { minReputation, anyRole } = who.value;
  return [
    ...(minReputation > 0 ? [`Needs ${minReputation.toLocaleString('en')} reputation.`] : []),
    ...(anyRole.length > 0 ? [`For ${anyRole.map((role) => `${role.toLowerCase()}s`).join(' and ')}.`] : []),
  ];
};
