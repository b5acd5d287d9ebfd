import { hash } from 'node:crypto';
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
