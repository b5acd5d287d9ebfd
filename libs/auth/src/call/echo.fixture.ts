import { create, createFileRegistry, type DescService, setExtension } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  type MethodDescriptorProto,
  MethodDescriptorProtoSchema,
  MethodOptions_IdempotencyLevel,
  MethodOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import { type Access, access, AccessSchema } from '@reputable/contracts/access/v1/access';

type Kind = 'unary' | 'client' | 'server' | 'bidi';

interface TestRpc {
  readonly kind?: Kind;
  readonly rule?: Partial<Access>;
  readonly isIdempotent?: true;
}

/** A contract for a test: a service with these rpcs, each from `Text` to `Text`. An rpc without `rule` has no access rule. */
export function contractOf(name: string, rpcs: Record<string, TestRpc>): DescService {
  const file = create(FileDescriptorProtoSchema, {
    name: `${name}.proto`,
    package: 'test.echo.v1',
    syntax: 'proto3',
    messageType: [
      {
        name: 'Text',
        field: [
          { name: 'text', number: 1, type: FieldDescriptorProto_Type.STRING, label: FieldDescriptorProto_Label.OPTIONAL, jsonName: 'text' },
        ],
      },
    ],
    service: [{ name, method: Object.entries(rpcs).map(methodOf) }],
  });
  const service = createFileRegistry(file, () => undefined).getService(`test.echo.v1.${name}`);
  if (!service) throw new Error(`The test contract has no service ${name}.`);
  return service;
}

function methodOf([name, { kind = 'unary', rule, isIdempotent }]: [string, TestRpc]): MethodDescriptorProto {
  const options = create(MethodOptionsSchema);
  if (isIdempotent) options.idempotencyLevel = MethodOptions_IdempotencyLevel.IDEMPOTENT;
  if (rule) setExtension(options, access, create(AccessSchema, rule as Access));
  return create(MethodDescriptorProtoSchema, {
    name,
    inputType: '.test.echo.v1.Text',
    outputType: '.test.echo.v1.Text',
    clientStreaming: kind === 'client' || kind === 'bidi',
    serverStreaming: kind === 'server' || kind === 'bidi',
    options,
  });
}
