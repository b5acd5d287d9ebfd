import { create, createFileRegistry, type DescService, type MessageInitShape, setExtension } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  type MethodDescriptorProto,
  MethodDescriptorProtoSchema,
  MethodOptions_IdempotencyLevel,
  MethodOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import { access, AccessSchema } from '@reputable/contracts/access/v1/access';

const { INT32, STRING } = FieldDescriptorProto_Type;

const fieldOf = (name: string, number: number, type = STRING) => ({
  ...{ name, jsonName: name, number, type },
  label: FieldDescriptorProto_Label.OPTIONAL,
});

type Kind = 'unary' | 'client' | 'server' | 'bidi';

interface TestRpc {
  readonly kind?: Kind;
  readonly rule?: MessageInitShape<typeof AccessSchema>;
  readonly isIdempotent?: true;
  readonly isRead?: true;
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
        field: [fieldOf('text', 1), { ...fieldOf('texts', 5), label: FieldDescriptorProto_Label.REPEATED }, fieldOf('count', 6, INT32)],
      },
    ],
    service: [{ name, method: Object.entries(rpcs).map(methodOf) }],
  });
  const service = createFileRegistry(file, () => undefined).getService(`test.echo.v1.${name}`);
  if (!service) throw new Error(`The test contract has no service ${name}.`);
  return service;
}

function methodOf([name, { kind = 'unary', rule, isIdempotent, isRead }]: [string, TestRpc]): MethodDescriptorProto {
  const options = create(MethodOptionsSchema);
  if (isRead) options.idempotencyLevel = MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  if (isIdempotent) options.idempotencyLevel = MethodOptions_IdempotencyLevel.IDEMPOTENT;
  if (rule) setExtension(options, access, create(AccessSchema, rule));
  return create(MethodDescriptorProtoSchema, {
    name,
    inputType: '.test.echo.v1.Text',
    outputType: '.test.echo.v1.Text',
    clientStreaming: kind === 'client' || kind === 'bidi',
    serverStreaming: kind === 'server' || kind === 'bidi',
    options,
  });
}
