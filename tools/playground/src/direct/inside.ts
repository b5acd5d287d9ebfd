import type { GrpcServiceName } from '@reputable/contracts/registry';
import type { Authority } from '@reputable/pki';

/** The parts of a running system that only its operator has. */
export interface Inside {
  readonly ports: Readonly<Record<GrpcServiceName, number>>;
  readonly pki: Pick<Authority, 'dir' | 'rootPem'>;
}
