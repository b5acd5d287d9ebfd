import { registry } from '@reputable/contracts/registry';
import {
  containersOf,
  deploymentsIn,
  type Labels,
  type Manifest,
  matches,
  type NetworkRule,
  ofKind,
  type Peer,
  titleOf,
  type Workload,
  workloadsIn,
} from './manifest.ts';

/** A connection that the policies allow: `comment → post`. */
type Edge = string;

/** What is wrong with the NetworkPolicies of a release, one line each. `callers` has the callers of each service, from the contract. */
export function networkFaults(objects: readonly Manifest[], callers: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const policies = ofKind(objects, 'NetworkPolicy');
  const contract = registry.flatMap(({ name }) => (callers.get(name) ?? []).map((caller) => edge(caller, name)));
  return [
    ...workloadsIn(objects).flatMap((workload) => isolationFaults(workload, policies)),
    ...workloadsIn(objects).flatMap((workload) => portFaults(workload, policies)),
    ...policies.flatMap(wideRules),
    ...difference('ingress', contract, edges(objects, policies, 'ingress')),
    ...difference('egress', contract, edges(objects, policies, 'egress')),
  ];
}

const edge = (from: string, to: string): Edge => `${from} → ${to}`;

const labelsOf = ({ spec }: Workload): Labels | undefined => spec.template.metadata.labels;

const policiesOf = (labels: Labels | undefined, policies: readonly Manifest[]) =>
  policies.filter(({ spec }) => matches(spec?.podSelector?.matchLabels, labels));

/** Without a policy of both types, a pod may have any connection. */
function isolationFaults(workload: Workload, policies: readonly Manifest[]): readonly string[] {
  const types = policiesOf(labelsOf(workload), policies).flatMap(({ spec }) => spec?.policyTypes ?? []);
  return ['Ingress', 'Egress'].filter((type) => !types.includes(type)).map((type) => `${titleOf(workload)}: no policy for its ${type}.`);
}

/** Every port has a rule. */
function portFaults(workload: Workload, policies: readonly Manifest[]): readonly string[] {
  const rules = policiesOf(labelsOf(workload), policies).flatMap(({ spec }) => spec?.ingress ?? []);
  const ports = containersOf(workload.spec.template.spec).flatMap((container) => container.ports ?? []);
  return ports
    .filter(({ containerPort }) => !rules.some((rule) => opens(rule, containerPort)))
    .map(({ name, containerPort }) => `${titleOf(workload)}: no policy for the port ${name}, ${String(containerPort)}.`);
}

const opens = ({ ports = [] }: NetworkRule, port: number) => ports.some((each) => each.port === port);

/** A rule that names no pods or no ports allows all of them. Egress to servers outside, such as SMTP, has ports only. */
const wideRules = (policy: Manifest): readonly string[] => {
  const wide = (rule: NetworkRule, peers: readonly Peer[] | undefined, needsPeers: boolean) =>
    (rule.ports ?? []).length === 0 || (needsPeers && (peers ?? []).length === 0) || (peers ?? []).some((peer) => isEmpty(peer));
  const { ingress = [], egress = [] } = policy.spec ?? {};
  const rules = [...ingress.filter((rule) => wide(rule, rule.from, true)), ...egress.filter((rule) => wide(rule, rule.to, false))];
  return rules.map((rule) => `${titleOf(policy)}: a rule allows any peer or any port: ${JSON.stringify(rule)}.`);
};

/** An empty pod selector is every pod of the namespace. */
const isEmpty = ({ podSelector, namespaceSelector, ipBlock }: Peer): boolean =>
  namespaceSelector === undefined && ipBlock === undefined && Object.keys(podSelector?.matchLabels ?? {}).length === 0;

/** The connections between services on gRPC ports. */
function edges(objects: readonly Manifest[], policies: readonly Manifest[], direction: 'ingress' | 'egress'): readonly Edge[] {
  const services = deploymentsIn(objects);
  return services.flatMap((service) =>
    policiesOf(labelsOf(service), policies)
      .flatMap(({ spec }) => spec?.[direction] ?? [])
      .flatMap((rule) => {
        const peers = services.filter((peer) => (rule.from ?? rule.to ?? []).some((each) => selects(each, peer)));
        return peers
          .map((peer) => (direction === 'ingress' ? ([peer, service] as const) : ([service, peer] as const)))
          .filter(([, callee]) => opens(rule, grpcOf(callee)))
          .map(([caller, callee]) => edge(caller.metadata.name, callee.metadata.name));
      }),
  );
}

/** Whether a peer selects pods of the release. One with a namespace or an address is elsewhere. */
const selects = ({ podSelector, namespaceSelector, ipBlock }: Peer, workload: Workload): boolean =>
  podSelector !== undefined &&
  namespaceSelector === undefined &&
  ipBlock === undefined &&
  matches(podSelector.matchLabels, labelsOf(workload));

const grpcOf = ({ metadata }: Workload): number => registry.find(({ name }) => name === metadata.name)?.grpc ?? NaN;

function difference(direction: string, contract: readonly Edge[], actual: readonly Edge[]): readonly string[] {
  const missing = contract.filter((each) => !actual.includes(each));
  const extra = [...new Set(actual)].filter((each) => !contract.includes(each));
  return [
    ...missing.map((each) => `${each} is in the contract, and no ${direction} rule allows it.`),
    ...extra.map((each) => `${each} is not in the contract, and an ${direction} rule allows it.`),
  ];
}
