import { hash } from 'node:crypto';
import type { AccessRule } from '../access/access-rule.ts';
import { bytesOf, type Contract } from '../contract/contract.ts';
import type { CallContext } from './call-context.ts';

/** The functions that serialize requests, by the path of the rpc. */
export type RequestCodecs = ReadonlyMap<string, (request: unknown) => Uint8Array>;

/** The codecs of these contracts. */
export const codecsOf = (contracts: readonly Pick<Contract, 'definition'>[]): RequestCodecs =>
  new Map(
    contracts.flatMap(({ definition }) => Object.values(definition).map(({ path, requestSerialize }) => [path, requestSerialize] as const)),
  );

/** The hash of a request in a Transaction Token: the SHA-256 of its bytes, in base64url. */
export const requestHashOf = (bytes: Uint8Array): string => hash('sha256', bytes, 'base64url');

/**
 * Whether the token of the call is for this request. grpc-js passes on the message alone, so ours is serialized again: in protobuf, that gives the same
 * bytes for a message without unknown fields from a codec that writes fields by their numbers. The bytes that another codec has read are kept.
 */
export function isBoundTo(request: unknown, path: string, { token }: CallContext, codecs: RequestCodecs): boolean {
  const { transaction } = token ?? {};
  if (transaction?.requestHash === undefined || transaction.path !== path) return true;
  const bytes = bytesOf(request) ?? codecs.get(path)?.(request);
  return bytes !== undefined && requestHashOf(bytes) === transaction.requestHash;
}

/** Whether the request names the rows that the token of the call is bound to, and no others. */
export function isAboutRowsOf({ token }: CallContext, request: unknown, { binds = [] }: Pick<AccessRule, 'binds'>): boolean {
  const bound = token?.transaction?.binds;
  if (bound === undefined) return true;
  return binds.every(({ name, field }) => !Object.hasOwn(bound, name) || isOnly(idsIn(request, field), bound[name]));
}

/** Whether all ids are this one. An empty list of a filter can stand for all rows. */
const isOnly = (ids: readonly string[] = [], bound?: string) => ids.length > 0 && ids.every((id) => id === bound);

/** The rows that a request is about, by the names that the rule of its rpc binds. */
export const rowsOf = (request: object, { binds = [] }: Pick<AccessRule, 'binds'>): Readonly<Record<string, string>> =>
  Object.fromEntries(binds.map(({ name, field }) => [name, idsIn(request, field)?.join() ?? '']));

/** The ids in a field of a request, as tokens have them; undefined without one. Codecs name the field as the contract does, or in camel case. */
function idsIn(request: unknown, field: string): readonly string[] | undefined {
  const message = request as Readonly<Record<string, unknown>>;
  const value = message[field.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())] ?? message[field];
  const ids = [value].flat();
  return ids.every((id) => typeof id === 'string') ? ids.map(inToken) : undefined;
}

/** The longest id that tokens have as it is. A longer text, which clients can send, is in the token by its hash: so the service can refuse it. */
const MAX_ID_LENGTH = 100;

const inToken = (id: string) => (id.length > MAX_ID_LENGTH ? requestHashOf(Buffer.from(id)) : id);
