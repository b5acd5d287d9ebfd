import { PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import { PATTERN_METADATA, TRANSPORT_METADATA } from '@nestjs/microservices/constants.js';

/** The kind of a handler: the transport or the GraphQL role by which Nest calls it. */
export type HandlerKind =
  | 'HTTP'
  | 'GraphQL'
  | 'gRPC'
  /** A field of an object that another resolver returned. */
  | 'GraphQL field'
  | 'GraphQL subscription'
  | 'GraphQL reference'
  | 'message'
  | 'WebSocket';

/** A method that Nest calls for a request or a message. */
export interface Handler {
  readonly kind: HandlerKind;
  /** `Class.method`. */
  readonly name: string;
  readonly method: object;
}

type Class = abstract new (...args: never[]) => object;

// The keys of @nestjs/graphql and @nestjs/websockets, which are not installed with this library.
const RESOLVER_TYPE = 'graphql:resolver_type';
const RESOLVER_PROPERTY = 'graphql:resolve_property';
const RESOLVER_REFERENCE = 'graphql:resolve_reference';
const GATEWAY = 'websockets:is_gateway';

const scanner = new MetadataScanner();

/** The handlers of the classes in all modules. */
export function handlersOf(modules: ModulesContainer): Handler[] {
  const controllers = new Set<Class>();
  const providers = new Set<Class>();
  for (const module of modules.values()) {
    for (const { metatype } of module.controllers.values()) if (isClass(metatype)) controllers.add(metatype);
    for (const { metatype } of module.providers.values()) if (isClass(metatype)) providers.add(metatype);
  }
  return [
    ...[...controllers].flatMap((controller) => handlersIn(controller, kindInController)),
    ...[...providers].flatMap((provider) => handlersIn(provider, kindInProvider)),
  ];
}

const isClass = (metatype: unknown): metatype is Class => typeof metatype === 'function' && metatype.prototype !== undefined;

function handlersIn(type: Class, kindOf: (method: object, type: Class) => HandlerKind | undefined): Handler[] {
  const prototype = type.prototype as Record<string, object>;
  return scanner.getAllMethodNames(prototype).flatMap((name) => {
    const method = prototype[name] as object;
    const kind = kindOf(method, type);
    return kind ? [{ kind, name: `${type.name}.${name}`, method }] : [];
  });
}

function kindInController(method: object): HandlerKind | undefined {
  if (has(PATH_METADATA, method)) return 'HTTP';
  if (!has(PATTERN_METADATA, method)) return undefined;
  return Reflect.getMetadata(TRANSPORT_METADATA, method) === Transport.GRPC ? 'gRPC' : 'message';
}

/** A resolver's type is on its method or its class, as @nestjs/graphql reads it. */
function kindInProvider(method: object, type: Class): HandlerKind | undefined {
  if (has(GATEWAY, type)) return 'WebSocket';
  const resolved = (Reflect.getMetadata(RESOLVER_TYPE, method) ?? Reflect.getMetadata(RESOLVER_TYPE, type)) as unknown;
  if (resolved === 'Query' || resolved === 'Mutation') return 'GraphQL';
  if (resolved === 'Subscription') return 'GraphQL subscription';
  if (has(RESOLVER_REFERENCE, method)) return 'GraphQL reference';
  return has(RESOLVER_PROPERTY, method) ? 'GraphQL field' : undefined;
}

const has = (key: string, target: object) => Reflect.hasMetadata(key, target);
