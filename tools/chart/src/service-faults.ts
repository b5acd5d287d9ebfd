import { peersOf, type RegisteredService, registry, urlSettingOf } from '@reputable/contracts/registry';
import type { Example } from '@reputable/docs/settings-example';
import { deploymentsIn, type Manifest, matches, ofKind, titleOf, type Workload } from './manifest.ts';

/** The time that a service needs to stop after SHUTDOWN_DELAY_MS, in seconds: docs/architecture.md, "Stop and restart". */
const STOP_S = 9;

/** Variables of Node.js, which are no settings. */
const OF_NODE = ['NODE_EXTRA_CA_CERTS'];

/** What a release lacks for the services of the registry, one line each. `settings` are the settings of each service, from .env.example. */
export const serviceFaults = (objects: readonly Manifest[], settings: ReadonlyMap<string, readonly Example[]>): readonly string[] =>
  registry.flatMap((service) => {
    const deployment = deploymentsIn(objects).find(({ metadata }) => metadata.name === service.name);
    if (!deployment) return [`${service.name} has no Deployment.`];
    return [
      ...availabilityFaults(objects, deployment),
      ...stopFaults(deployment),
      ...identityFaults(objects, deployment),
      ...addressFaults(objects, service, deployment),
      ...settingFaults(deployment, settings.get(service.name) ?? []),
      ...migrationFaults(objects, service),
    ].map((fault) => `${titleOf(deployment)}: ${fault}`);
  });

/** Two replicas, and a budget that leaves one of them and lets another one go. */
function availabilityFaults(objects: readonly Manifest[], { metadata, spec }: Workload): readonly string[] {
  const scaler = ofKind(objects, 'HorizontalPodAutoscaler').find((each) => each.spec?.scaleTargetRef?.name === metadata.name);
  const replicas = scaler?.spec?.minReplicas ?? spec.replicas ?? 1;
  const budget = ofKind(objects, 'PodDisruptionBudget').find((each) =>
    matches(each.spec?.selector?.matchLabels, spec.template.metadata.labels),
  );
  const least = budget?.spec?.minAvailable ?? 0;
  return [
    ...(replicas < 2 ? [`it has ${String(replicas)} replica.`] : []),
    ...(least < 1 ? ['no budget keeps a replica.'] : []),
    ...(least >= replicas ? ['its budget lets no replica go.'] : []),
  ];
}

const variable = ({ spec }: Workload, name: string): string | undefined =>
  spec.template.spec.containers[0]?.env?.find((each) => each.name === name)?.value;

function stopFaults(deployment: Workload): readonly string[] {
  const needs = Number(variable(deployment, 'SHUTDOWN_DELAY_MS')) / 1000 + STOP_S;
  const { terminationGracePeriodSeconds: has = 30 } = deployment.spec.template.spec;
  return has >= needs ? [] : [`it has ${String(has)} s to stop, and needs ${String(needs)} s.`];
}

/** The SPIFFE ID that the service needs, from cert-manager or by a registration at SPIRE, for its own pods and service account. */
function identityFaults(objects: readonly Manifest[], deployment: Workload): readonly string[] {
  const id = `spiffe://${variable(deployment, 'TRUST_DOMAIN') ?? ''}/${deployment.metadata.name}`;
  const { volumes = [], serviceAccountName } = deployment.spec.template.spec;
  const ids = [
    ...volumes.map(({ csi }) => csi?.volumeAttributes?.['csi.cert-manager.io/uri-sans']),
    ...ofKind(objects, 'ClusterSPIFFEID')
      .filter(({ spec }) => matches(spec?.podSelector?.matchLabels, deployment.spec.template.metadata.labels))
      .map(({ spec }) => spec?.spiffeIDTemplate),
  ].filter((each) => each !== undefined);
  const account = ofKind(objects, 'ServiceAccount').find(({ metadata }) => metadata.name === serviceAccountName);
  return [
    ...(ids.length === 1 && ids[0] === id ? [] : [`it has the identities ${ids.join(', ') || 'none'}, and needs ${id}.`]),
    ...(serviceAccountName === deployment.metadata.name && account?.automountServiceAccountToken === false
      ? []
      : ['it has no service account of its own.']),
  ];
}

/** Each peer is the name of a headless Service that selects its pods, at the peer's port. */
const addressFaults = (objects: readonly Manifest[], service: RegisteredService, deployment: Workload): readonly string[] =>
  peersOf(service).flatMap((peer) => {
    const setting = urlSettingOf(peer);
    const [, host, port] = /^dns:\/\/\/([\w-]+):(\d+)$/.exec(variable(deployment, setting) ?? '') ?? [];
    const target = ofKind(objects, 'Service').find(({ metadata, spec }) => metadata.name === host && spec?.clusterIP === 'None');
    const name = target?.spec?.ports?.find((each) => String(each.port) === port)?.targetPort;
    const pods = deploymentsIn(objects).filter(({ spec }) => matches(target?.spec?.selector, spec.template.metadata.labels));
    const ports = pods.flatMap(({ spec }) => spec.template.spec.containers.flatMap((container) => container.ports ?? []));
    const reaches = pods.length === 1 && pods[0]?.metadata.name === peer && ports.some((each) => each.name === name);
    return reaches ? [] : [`${setting} does not name the replicas of ${peer}.`];
  });

/** Every required setting is there, and the service knows every variable. */
function settingFaults({ spec }: Workload, settings: readonly Example[]): readonly string[] {
  const names = (spec.template.spec.containers[0]?.env ?? []).map(({ name }) => name);
  const has = (name: string) => names.includes(name) || names.includes(`${name}_FILE`);
  const isKnown = (name: string) => settings.some((setting) => name === setting.name || name === `${setting.name}_FILE`);
  return [
    ...settings.filter(({ name, required }) => required && !has(name)).map(({ name }) => `the setting ${name} is missing.`),
    ...names.filter((name) => !OF_NODE.includes(name) && !isKnown(name)).map((name) => `it has no setting ${name}.`),
  ];
}

/** Migrations run before the release changes. */
function migrationFaults(objects: readonly Manifest[], { name, database }: RegisteredService): readonly string[] {
  if (!database) return [];
  const job = ofKind(objects, 'Job').find(({ metadata }) => metadata.name === `${name}-migration`);
  const hook = job?.metadata.annotations?.['helm.sh/hook'];
  return hook === 'pre-install,pre-upgrade' ? [] : ['its migrations do not run before it.'];
}
