import { getOption, hasOption, type DescFile, type DescMethod } from '@bufbuild/protobuf';
import { access, type Access } from '@reputable/contracts/access/v1/access';

import { CliError } from '@reputable/cli';
import { commentOf } from './image.ts';

/** One rpc of the contract, with its rule and the row's rule in its comment. */
export interface Rpc {
  readonly service: string;
  readonly name: string;
  readonly method: DescMethod;
  readonly rule: Access;
  /** The rule that needs the row: the sentence of the comment that starts with `Row:`, without its full stop. */
  readonly row: string;
}

/**
 * Every rpc of the contract: services sorted by name, rpcs in the order of the file.
 *
 * @throws {CliError} naming every rpc without a rule or without callers
 */
export const rpcsOf = (files: readonly DescFile[]): Rpc[] => {
  const services = files.flatMap((file) => file.services).sort((a, b) => a.typeName.localeCompare(b.typeName));
  const methods = services.flatMap((service) => service.methods);
  const problems = methods.flatMap((method) => problemOf(method) ?? []);
  if (problems.length > 0) throw new CliError(problems.join('\n'));
  return methods.map((method) => ({
    service: method.parent.typeName,
    name: method.name,
    method,
    rule: getOption(method, access),
    row: /\bRow: (.*?)\.(?: |$)/.exec(commentOf(method))?.[1] ?? '',
  }));
};

const problemOf = (method: DescMethod): string | undefined => {
  const name = `${method.parent.typeName}/${method.name}`;
  if (!hasOption(method, access)) return `${name} has no access rule.`;
  const { who, callers } = getOption(method, access);
  if (who.case === undefined) return `${name} has an access rule that does not say who: anyone, signed_in or service.`;
  if (who.case !== 'signedIn' && !who.value) return `${name} has an access rule that says ${who.case}: false. Say who may call it instead.`;
  if (callers.length === 0) return `${name} has an access rule without callers.`;
  return undefined;
};
