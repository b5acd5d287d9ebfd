import type { DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';

/** A typed client of a service: one method per unary rpc. Each method rejects with a DomainError. */
export type Client<S extends DescService> = {
  readonly [M in keyof S['method'] as S['method'][M]['methodKind'] extends 'unary' ? M : never]: (
    request: MessageInitShape<S['method'][M]['input']>,
  ) => Promise<MessageShape<S['method'][M]['output']>>;
};

/** Returns the client of a contract. */
export type ClientOf = <S extends DescService>(contract: S) => Client<S>;
