import { type DescService, getOption } from '@bufbuild/protobuf';
import { access } from '@reputable/contracts/access/v1/access';
import { generatedServices } from '@reputable/contracts/generated-services';

/** The services that may call a service, by its name. */
export type Callers = ReadonlyMap<string, readonly string[]>;

/** The callers of each service: those that any rpc of its contract accepts, from the generated code. */
export async function readCallers(): Promise<Callers> {
  const groups = Map.groupBy(await generatedServices(), ({ typeName }) => typeName.split('.')[1] ?? '');
  return new Map([...groups].map(([service, contracts]) => [service, callersOf(contracts)]));
}

const callersOf = (contracts: readonly DescService[]) => [
  ...new Set(contracts.flatMap(({ methods }) => methods.flatMap((method) => getOption(method, access).callers))),
];
