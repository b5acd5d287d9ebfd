/** The metadata of an object. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

export type Labels = Readonly<Record<string, string>>;

/** An object of Kubernetes, with the fields of the kinds that we check. The schema of its kind tells whether it is valid. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec?: Spec;
  readonly automountServiceAccountToken?: boolean;
}

export interface Spec {
  readonly replicas?: number;
  readonly minReplicas?: number;
  readonly minAvailable?: number;
  readonly scaleTargetRef?: { readonly name: string };
  readonly clusterIP?: string;
  /** Of a Service, labels; of other kinds, a selector. */
  readonly selector?: Labels & { readonly matchLabels?: Labels };
  readonly template?: { readonly metadata: Metadata; readonly spec: Pod };
  readonly ports?: readonly { readonly port: number; readonly targetPort: string }[];
  readonly podSelector?: { readonly matchLabels?: Labels };
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly NetworkRule[];
  readonly egress?: readonly NetworkRule[];
  readonly hostnames?: readonly string[];
  readonly spiffeIDTemplate?: string;
  /** Of a Cluster of CloudNativePG. */
  readonly postgresql?: { readonly pg_hba: readonly string[] };
  readonly managed?: { readonly roles: readonly { readonly name: string; readonly passwordSecret: { readonly name: string } }[] };
  readonly owner?: string;
}

/** A rule of a NetworkPolicy. */
export interface NetworkRule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port: number | string }[];
}

export interface Peer {
  readonly podSelector?: { readonly matchLabels?: Labels };
  readonly namespaceSelector?: object;
  readonly ipBlock?: object;
}

export interface Pod {
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccountName?: string;
  readonly hostNetwork?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext?: SecurityContext;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
}

export interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly seccompProfile?: { readonly type: string };
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly envFrom?: readonly object[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources?: { readonly requests?: Labels; readonly limits?: Labels };
  readonly securityContext?: SecurityContext;
  readonly startupProbe?: object;
  readonly readinessProbe?: object;
  readonly livenessProbe?: { readonly periodSeconds?: number; readonly failureThreshold?: number };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

export interface Volume {
  readonly name: string;
  readonly secret?: { readonly secretName: string; readonly items?: readonly { readonly key: string; readonly path: string }[] };
  readonly csi?: { readonly driver: string; readonly volumeAttributes?: Labels };
}

/** A Deployment or a Job. */
export interface Workload extends Manifest {
  readonly spec: Spec & { readonly template: { readonly metadata: Metadata; readonly spec: Pod } };
}

/** The objects of a kind, in the order of the release. */
export const ofKind = (objects: readonly Manifest[], kind: string): readonly Manifest[] => objects.filter((each) => each.kind === kind);

/** The Deployments and Jobs. */
export const workloadsIn = (objects: readonly Manifest[]): readonly Workload[] =>
  objects.filter((each): each is Workload => each.spec?.template !== undefined);

/** The Deployments. */
export const deploymentsIn = (objects: readonly Manifest[]): readonly Workload[] =>
  workloadsIn(objects).filter(({ kind }) => kind === 'Deployment');

/** The init containers and the containers of a pod. */
export const containersOf = ({ initContainers = [], containers }: Pod): readonly Container[] => [...initContainers, ...containers];

/** Whether labels match a selector. One without labels matches everything. */
export const matches = (selector: Labels | undefined, labels: Labels | undefined): boolean =>
  Object.entries(selector ?? {}).every(([name, value]) => labels?.[name] === value);

/** The name of an object for messages: `Deployment post`. */
export const titleOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;
