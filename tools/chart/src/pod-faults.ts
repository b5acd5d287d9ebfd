import { SECRETS } from '@reputable/contracts/registry';
import { type Container, containersOf, type Manifest, titleOf, type Volume, type Workload, workloadsIn } from './manifest.ts';

/** The settings that are secrets, besides those of the registry. */
const SECRET = /(DATABASE_URL|SMTP_URL|SECRET|PASSWORD|_KEY|_HEADERS)$/;

/** What is wrong with the pods and containers of a release, one line each. */
export const podFaults = (objects: readonly Manifest[]): readonly string[] =>
  workloadsIn(objects).flatMap((workload) => {
    const { spec } = workload.spec.template;
    const containers = containersOf(spec).flatMap((container) => [
      ...isolationFaults(workload, container),
      ...imageFaults(container),
      ...requestFaults(container),
      ...secretFaults(container, spec.volumes ?? []),
    ]);
    return [...accountFaults(workload), ...probeFaults(workload), ...containers].map((fault) => `${titleOf(workload)}: ${fault}`);
  });

/** The profile `restricted` of the Pod Security Standards, and a read-only root file system. */
function isolationFaults({ spec }: Workload, { name, securityContext = {} }: Container): readonly string[] {
  const context = { ...spec.template.spec.securityContext, ...securityContext };
  const rules: readonly (readonly [holds: boolean, fault: string])[] = [
    [context.runAsNonRoot === true && (context.runAsUser ?? 0) > 0, 'may run as root'],
    [context.privileged !== true && context.allowPrivilegeEscalation === false, 'may gain privileges'],
    [context.capabilities?.drop?.includes('ALL') === true && context.capabilities.add === undefined, 'has capabilities'],
    [context.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile'],
    [context.readOnlyRootFilesystem === true, 'can write to its root file system'],
    [spec.template.spec.hostNetwork !== true, 'is in the network of the node'],
  ];
  return rules.flatMap(([holds, fault]) => (holds ? [] : [`${name} ${fault}.`]));
}

const accountFaults = ({ spec }: Workload): readonly string[] =>
  spec.template.spec.automountServiceAccountToken === false ? [] : ['its pods have a token of their service account.'];

function imageFaults({ name, image }: Container): readonly string[] {
  const [, version] = /(?::([\w.-]+)|@sha256:[0-9a-f]{64})$/.exec(image) ?? [];
  if (version === 'latest') return [`${name} has the image ${image}.`];
  return version === undefined && !image.includes('@sha256:') ? [`${name} has the image ${image}, without a version.`] : [];
}

const requestFaults = ({ name, resources = {} }: Container): readonly string[] =>
  [resources.requests?.cpu, resources.requests?.memory, resources.limits?.memory].includes(undefined)
    ? [`${name} lacks a request of CPU time or memory, or a limit of memory.`]
    : [];

/** The shortest time of failed liveness probes after which Kubernetes may restart a service, in seconds: docs/kubernetes.md. */
const RESTART_S = 300;

/** A Job ends by itself, and so has no probes. */
const probeFaults = ({ kind, spec }: Workload): readonly string[] =>
  kind !== 'Deployment'
    ? []
    : spec.template.spec.containers.flatMap(({ name, ...container }) => {
        const missing = (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).filter((probe) => container[probe] === undefined);
        const { periodSeconds = 10, failureThreshold = 3 } = container.livenessProbe ?? {};
        const restartS = periodSeconds * failureThreshold;
        return [
          ...missing.map((probe) => `${name} has no ${probe}.`),
          ...(restartS < RESTART_S ? [`${name} is restarted after ${String(restartS)} s of failed probes.`] : []),
        ];
      });

/** A secret is a file of a mounted Secret, and no variable has its value. */
function secretFaults({ name, env = [], envFrom = [], volumeMounts = [] }: Container, volumes: readonly Volume[]): readonly string[] {
  const files = volumeMounts.flatMap(({ name: volume, mountPath, readOnly }) => {
    const items = volumes.find((each) => each.name === volume)?.secret?.items ?? [];
    return readOnly === true ? items.map(({ path }) => `${mountPath}/${path}`) : [];
  });
  const isSecret = (setting: string) => SECRET.test(setting) || SECRETS.some((secret) => secret === setting);
  return [
    ...(envFrom.length > 0 ? [`${name} has variables of a whole object.`] : []),
    ...env.flatMap((variable) => {
      if (variable.valueFrom !== undefined) return [`the variable ${variable.name} of ${name} is no literal.`];
      if (isSecret(variable.name)) return [`the variable ${variable.name} of ${name} has a secret.`];
      const setting = /^(.*)_FILE$/.exec(variable.name)?.[1];
      if (setting === undefined || !isSecret(setting) || files.includes(variable.value ?? '')) return [];
      return [`${variable.name} of ${name} names ${variable.value ?? 'nothing'}, which no Secret provides.`];
    }),
  ];
}
