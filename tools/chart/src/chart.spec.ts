import { beforeAll, describe, expect, it } from '@jest/globals';
import { registry, SERVICES } from '@reputable/contracts/registry';
import { readCallers } from '@reputable/docs/callers';
import { readExamples } from '@reputable/docs/settings-example';
import { INSTALLATION_TIMEOUT } from '@reputable/on-demand';
import { globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { CHART, DATABASE_CHART, lint, render } from './helm.ts';
import { base, BASE, build } from './kustomize.ts';
import { containersOf, deploymentsIn, type Manifest, ofKind, titleOf, workloadsIn } from './manifest.ts';
import { newSecrets } from './kind/secrets.ts';
import { networkFaults } from './network-faults.ts';
import { packages } from './packages.ts';
import { parse } from './parse.ts';
import { podFaults } from './pod-faults.ts';
import { schemaFaults } from './schema.ts';
import { serviceFaults } from './service-faults.ts';

const root = resolve(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const REQUIRED = 'required';
const examples = globSync('examples/*.yaml', { cwd: CHART }).map((file) => basename(file, '.yaml'));

const settings = readExamples(read('.env.example'));
let callers: ReadonlyMap<string, readonly string[]>;

/** A service with a database, gRPC and callers, for the cases of one service. */
const { name: service } = registry.find(({ grpc, database, calls }) => grpc !== undefined && database && calls.length > 0) ?? { name: '' };

beforeAll(async () => {
  packages();
  callers = await readCallers();
}, INSTALLATION_TIMEOUT);

const faultsOf = (objects: readonly Manifest[]): readonly string[] => [
  ...podFaults(objects),
  ...networkFaults(objects, callers),
  ...serviceFaults(objects, settings),
];

const schemaFaultsOf = async (objects: readonly Manifest[]) => (await Promise.all(objects.map(schemaFaults))).flat();

describe.each<[string, string, readonly string[]]>([
  ['of the services', CHART, [REQUIRED]],
  ['of the databases', DATABASE_CHART, []],
])('the chart %s', (_, chart, values) => {
  it('has the version of the workspace', () => {
    const { version } = JSON.parse(read('package.json')) as { readonly version: string };
    const text = readFileSync(join(chart, 'Chart.yaml'), 'utf8');
    const versions = [...text.matchAll(/^(?:version|appVersion): (.*)$/gm)].map(([, found]) => found);
    expect(versions).toEqual([version, version]);
  });

  it('passes the lint of Helm', async () => {
    expect(await lint(chart, { examples: values })).toContain('0 chart(s) failed');
  });
});

it('has six examples of values', () => {
  expect(examples.length).toBeGreaterThanOrEqual(6);
  expect(examples).toContain(REQUIRED);
});

describe.each(examples)('with the values of %s', (example) => {
  let objects: readonly Manifest[];
  beforeAll(async () => {
    objects = await render(CHART, { examples: [...new Set([REQUIRED, example])] });
  });

  it('renders objects that are valid for Kubernetes', async () => {
    expect(await schemaFaultsOf(objects)).toEqual([]);
  });

  it('runs every service of the registry, isolated, with its identity, its secrets as files, two replicas and a budget', () => {
    expect(faultsOf(objects)).toEqual([]);
  });
});

it('makes an HTTPRoute for each HTTP port, at the host of its public URL', async () => {
  const routes = ofKind(await render(CHART, { examples: [REQUIRED, 'gateway-api'] }), 'HTTPRoute');
  const hosts = routes.map(({ metadata, spec }) => [metadata.name, spec?.hostnames]);
  expect(hosts).toEqual([
    ['auth', ['auth.example.com']],
    ['gateway', ['example.com']],
  ]);
});

describe('the databases of CloudNativePG', () => {
  const names = registry.filter(({ database }) => database).map(({ name }) => name);
  let objects: readonly Manifest[];
  beforeAll(async () => {
    objects = await render(DATABASE_CHART, { examples: [] });
  });

  it('are valid objects', async () => {
    expect(await schemaFaultsOf(objects)).toEqual([]);
  });

  it('are one for each service, owned by a role with a password of its own, which no other role may connect to', () => {
    const [cluster] = ofKind(objects, 'Cluster');
    expect(ofKind(objects, 'Database').map(({ metadata, spec }) => [metadata.name, spec?.owner])).toEqual(
      names.map((name) => [name, name]),
    );
    expect(cluster?.spec?.managed?.roles.map(({ name, passwordSecret }) => [name, passwordSecret.name])).toEqual(
      names.map((name) => [name, `reputable-${name}-database`]),
    );
    expect(cluster?.spec?.postgresql?.pg_hba).toEqual([
      ...names.map((name) => `host ${name} ${name} all scram-sha-256`),
      'host all all all reject',
    ]);
  });
});

describe('Kustomize', () => {
  let objects: readonly Manifest[];
  beforeAll(async () => {
    objects = await build('example');
  });

  it('has a base that is current', async () => {
    const isCurrent = readFileSync(BASE, 'utf8') === (await base());
    expect(isCurrent ? [] : ['deploy/kustomize/base is not current. Run `npm run kustomize`.']).toEqual([]);
  });

  it('builds objects of the overlay that are valid for Kubernetes', async () => {
    expect(await schemaFaultsOf(objects)).toEqual([]);
  });

  it('runs every service of the registry, isolated, with its identity, its secrets as files, two replicas and a budget', () => {
    expect(faultsOf(objects)).toEqual([]);
  });

  it('replaces every placeholder', () => {
    const remaining = objects.filter((each) => /placeholder|192\.0\.2\./.test(JSON.stringify(each)));
    expect(remaining.map(titleOf)).toEqual([]);
  });

  it('has the images, the namespace and the replicas of the overlay', () => {
    const images = workloadsIn(objects).flatMap(({ spec }) => containersOf(spec.template.spec).map(({ image }) => image));
    expect(images.filter((image) => !image.startsWith('registry.example.org/team/reputable/'))).toEqual([]);
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['reputable']));
    expect(deploymentsIn(objects).find(({ metadata }) => metadata.name === 'gateway')?.spec.replicas).toBe(3);
  });

  it('labels the migrations, which run first', () => {
    const selected = objects.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'migration');
    expect(selected).toEqual(ofKind(objects, 'Job'));
  });
});

describe('the try on kind', () => {
  const values = { files: [join(root, 'deploy/kind/values.yaml')] };
  let objects: readonly Manifest[];
  beforeAll(async () => {
    objects = await render(CHART, values);
  });

  it('has valid objects', async () => {
    const added = [...(await parse(read('deploy/kind/objects.yaml'))), ...newSecrets()];
    expect(await schemaFaultsOf([...objects, ...added])).toEqual([]);
  });

  it('runs every service of the registry as the chart does elsewhere', () => {
    expect(faultsOf(objects)).toEqual([]);
  });

  it('has a Secret with every key that a service mounts', () => {
    const keys = new Map(newSecrets().map(({ metadata, stringData }) => [metadata.name, Object.keys(stringData)]));
    const mounted = workloadsIn(objects).flatMap(({ spec }) => spec.template.spec.volumes?.flatMap((volume) => volume.secret ?? []) ?? []);
    const missing = mounted.flatMap(({ secretName, items = [] }) =>
      items.filter(({ key }) => keys.get(secretName)?.includes(key) !== true),
    );
    expect(mounted.length).toBeGreaterThanOrEqual(SERVICES.length);
    expect(missing).toEqual([]);
  });

  it('has the images that the script builds', () => {
    const images = workloadsIn(objects).flatMap(({ spec }) => containersOf(spec.template.spec).map(({ image }) => image));
    expect(new Set(images)).toEqual(new Set(SERVICES.map((name) => `reputable/${name}:try`)));
  });
});

describe('values that contradict each other', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    [
      'one replica and a budget of one',
      { [`services.${service}.replicas`]: 1 },
      `${service} has 1 replicas and a budget of 1, so no node with one of them can be drained. Set services.${service}.replicas to 2 or more.`,
    ],
    [
      'no database',
      { 'database.addresses': [] },
      'No database. Set database.cloudNativePg to the name of a Cluster, or database.addresses',
    ],
    [
      'two databases',
      { 'database.cloudNativePg': 'postgres' },
      'Two databases. Set database.cloudNativePg or database.addresses, not both.',
    ],
    ['no trust domain', { 'identity.trustDomain': '' }, 'No trust domain. Set identity.trustDomain'],
    ['no issuer of certificates', { 'identity.certManager.issuer.name': '' }, 'No issuer of certificates.'],
    [
      'an http issuer in production',
      { 'urls.auth': 'http://auth.example.com' },
      'urls.auth is http://auth.example.com, which is not https. Set it to an https URL, or environment to development.',
    ],
    ['the image latest', { 'image.tag': 'latest' }, 'image.tag is latest'],
    ['no proxy in front', { 'edge.from': [] }, 'Nothing may connect to the HTTP ports.'],
    ['no trusted proxies', { 'edge.trustedProxies': [] }, 'No trusted proxies, so all clients have the address of the proxy'],
    ['a port of metrics that nothing reaches', { 'metrics.port': 9464 }, 'Nothing may connect to the port of metrics, 9464.'],
    [
      'a secret among the settings',
      { [`services.${service}.settings.DATABASE_URL`]: 'postgres://a:b@c/d' },
      `DATABASE_URL in the settings of ${service} is a secret. Put its value into the Secret reputable-${service}`,
    ],
    [
      'a setting that loosens the value of all services',
      { [`services.${service}.settings.NODE_ENV`]: 'development' },
      `NODE_ENV in the settings of ${service} replaces the value environment. Set environment alone.`,
    ],
    [
      'a setting that exceeds the time to stop',
      { 'defaults.settings.SHUTDOWN_DELAY_MS': 60_000 },
      `SHUTDOWN_DELAY_MS in the settings of ${service} replaces the value drainSeconds.`,
    ],
    ['options of an unknown service', { 'services.nobody.replicas': 3 }, 'nobody is not a service. The services are '],
    ['a misspelt value', { 'identity.trustdomain': 'example.com' }, "additional properties 'trustdomain' not allowed"],
  ])('are refused: %s', async (_, set, sentence) => {
    await expect(render(CHART, { examples: [REQUIRED], set })).rejects.toThrow(sentence);
  });

  it('are refused all at once', async () => {
    await expect(render(CHART, { examples: [] })).rejects.toThrow(
      /No images\.[^]*No trust domain\.[^]*No issuer[^]*No public URL\.[^]*No database\.[^]*No sender of mail\./,
    );
  });
});

type Mutation = (objects: readonly Manifest[]) => readonly Manifest[];

const isNamed = (title: string | RegExp, object: Manifest) =>
  typeof title === 'string' ? titleOf(object) === title : title.test(titleOf(object));

/** Replaces a text in the JSON of objects. */
const edit =
  (title: string | RegExp, from: string | RegExp, to: string): Mutation =>
  (objects) =>
    objects.map((each) => (isNamed(title, each) ? (JSON.parse(JSON.stringify(each).replace(from, to)) as Manifest) : each));

const remove =
  (title: string | RegExp): Mutation =>
  (objects) =>
    objects.filter((each) => !isNamed(title, each));

describe('the check', () => {
  const deployment = `Deployment ${service}`;
  const policy = `NetworkPolicy ${service}`;
  let objects: readonly Manifest[];
  beforeAll(async () => {
    objects = await render(CHART, { examples: [REQUIRED] });
  });

  it.each<[string, Mutation, string]>([
    ['a missing Deployment', remove(deployment), `${service} has no Deployment.`],
    ['a missing policy', remove(policy), `${deployment}: no policy for the port grpc`],
    ['pods that no policy selects', remove(/^NetworkPolicy reputable-/), `Job ${service}-migration: no policy for its Egress.`],
    ['a caller that is not in the contract', edit(policy, '"gateway"', `"${service}"`), `${service} → ${service} is not in the contract`],
    ['a caller without a rule', edit(policy, '"gateway"', `"${service}"`), `gateway → ${service} is in the contract, and no ingress`],
    [
      'a rule for all pods',
      edit(policy, /"podSelector":\{"matchLabels":\{[^}]*\}\}\}\],"ports"/, '"podSelector":{}}],"ports"'),
      'any peer',
    ],
    ['the image latest', edit(deployment, /:[\d.]+","imagePullPolicy/, ':latest","imagePullPolicy'), ':latest.'],
    ['an image without a version', edit(deployment, /:[\d.]+","imagePullPolicy/, '","imagePullPolicy'), 'without a version.'],
    ['a missing probe', edit(deployment, '"readinessProbe":', '"probe":'), `${service} has no readinessProbe.`],
    [
      'a hasty restart',
      edit(deployment, '"failureThreshold":10', '"failureThreshold":3'),
      `${service} is restarted after 90 s of failed probes.`,
    ],
    ['root', edit(deployment, '"runAsUser":1000', '"runAsUser":0'), 'may run as root.'],
    ['a writable root file system', edit(deployment, '"readOnlyRootFilesystem":true', '"readOnlyRootFilesystem":false'), 'can write'],
    ['capabilities', edit(`Job ${service}-migration`, '"ALL"', '"CHOWN"'), 'has capabilities.'],
    ['no seccomp profile', edit(deployment, '"RuntimeDefault"', '"Unconfined"'), 'has no seccomp profile.'],
    ['a token', edit(deployment, '"automountServiceAccountToken":false', '"hostname":"a"'), 'have a token'],
    ['missing requests', edit(deployment, '"requests":', '"limit":'), 'lacks a request of CPU time or memory'],
    ['a secret as a variable', edit(deployment, '"DATABASE_URL_FILE"', '"DATABASE_URL"'), 'the variable DATABASE_URL'],
    ['a secret from a Secret as a variable', edit(deployment, '"value":"0.0.0.0"', '"valueFrom":{}'), 'is no literal.'],
    ['a secret file that is not mounted', edit(deployment, '"path":"DATABASE_URL"', '"path":"URL"'), 'which no Secret provides.'],
    ['one replica', edit(deployment, '"replicas":2', '"replicas":1'), 'it has 1 replica.'],
    ['a missing budget', remove(`PodDisruptionBudget ${service}`), 'no budget keeps a replica.'],
    ['a budget of all', edit(`PodDisruptionBudget ${service}`, '"minAvailable":1', '"minAvailable":2'), 'its budget lets no replica go.'],
    [
      'too little time to stop',
      edit(deployment, /"terminationGracePeriodSeconds":\d+/, '"terminationGracePeriodSeconds":15'),
      '15 s to stop',
    ],
    [
      'the identity of another service',
      edit(deployment, /spiffe:\/\/[^"]*/, 'spiffe://example.com/other'),
      'it has the identities spiffe:',
    ],
    ['no service account of its own', remove(`ServiceAccount ${service}`), 'it has no service account of its own.'],
    ['a Service with one address', edit(`Service ${service}`, '"clusterIP":"None",', ''), `does not name the replicas of ${service}.`],
    [
      'an identity in another trust domain',
      edit(deployment, /"spiffe:\/\/[^/]*/, '"spiffe://example.net'),
      'it has the identities spiffe:',
    ],
    ['a missing setting', edit(deployment, '"ISSUER"', '"ISSUR"'), 'the setting ISSUER is missing.'],
    ['an unknown setting', edit(deployment, '"ISSUER"', '"ISSUR"'), 'it has no setting ISSUR.'],
    ['missing migrations', remove(`Job ${service}-migration`), 'its migrations do not run before it.'],
  ])('finds %s', (_, mutate, fault) => {
    expect(faultsOf(mutate(objects))).toContainEqual(expect.stringContaining(fault));
  });

  it.each<[string, Mutation, string]>([
    ['a misspelt field', edit(deployment, '"readinessProbe":', '"readinesProbe":'), '.readinesProbe is not in the schema.'],
    ['a misspelt field of the object', edit(deployment, '"spec":', '"sepc":'), '.sepc is not in the schema.'],
    ['a value of another type', edit(deployment, '"replicas":2', '"replicas":"two"'), 'replicas must be integer'],
    ['a kind without a schema', edit(deployment, '"apps/v1"', '"apps/v9"'), `apps/v9/Deployment ${service}: no package has its schema.`],
  ])('finds %s', async (_, mutate, fault) => {
    expect(await schemaFaultsOf(mutate(objects))).toContainEqual(expect.stringContaining(fault));
  });

  it.each<[string, Mutation, string]>([
    [
      'a misspelt field',
      edit(/^ClusterSPIFFEID /, '"spiffeIDTemplate"', '"spiffeIdTemplate"'),
      '.spec.spiffeIdTemplate is not in the schema.',
    ],
    ['a value of another type', edit(/^ClusterSPIFFEID /, /"ttl":"[^"]*"/, '"ttl":3600'), '.spec.ttl must be string'],
  ])('finds %s in a kind without a schema', async (_, mutate, fault) => {
    const registered = await render(CHART, { examples: [REQUIRED, 'spire'] });
    expect(await schemaFaultsOf(mutate(registered))).toContainEqual(expect.stringContaining(fault));
  });

  it('knows all services', () => {
    expect([...settings.keys()]).toEqual(expect.arrayContaining([...SERVICES]));
  });
});
