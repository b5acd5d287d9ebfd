import { type AuthOptions, GRACE_MS, isPrivate, type IssuerOptions } from '@reputable/auth';
import { entryOf, TRUST_DOMAIN } from '@reputable/contracts/registry';
import { z } from 'zod';
import { readSettingFiles } from './setting-files.ts';

/** A setting that must be set and not empty. */
export const required = (what: string) => z.string({ error: `is missing: ${what}.` }).min(1, { error: `is empty: ${what}.` });

const portNumber = z.coerce
  .number({ error: 'must be a port: 0 to 65535.' })
  .int({ error: 'must be a port: 0 to 65535.' })
  .min(0, { error: 'must be a port: 0 to 65535.' })
  .max(65_535, { error: 'must be a port: 0 to 65535.' });

/** A TCP port; 0 lets the system choose. */
export const port = (fallback: number) => portNumber.default(fallback);

/** An optional TCP port. Unset, the service does not listen on it; 0 lets the system choose. */
export const optionalPort = () => portNumber.optional();

/** The gRPC target of a service. */
export const grpcTarget = (service: string) =>
  required(`the gRPC address of the ${service} service, as in dns:///${service}:${String(entryOf(service).grpc)}`);

const url = (what: string) => required(what).refine((value) => URL.canParse(value), { error: `must be a URL: ${what}.` });

/** An http or https URL. */
export const httpUrl = (what: string) =>
  url(what).refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), { error: `must be an http or https URL: ${what}.` });

/** A number of milliseconds in this range. */
export const milliseconds = (min: number, max: number) => {
  const error = `must be a number of milliseconds: ${String(min)} to ${String(max)}.`;
  return z.coerce.number({ error }).min(min, { error }).max(max, { error });
};

const KEY_BYTES = 32;

/** A key for encryption: 32 bytes in base64. Errors never contain it. */
export const encryptionKey = () =>
  required(`${String(KEY_BYTES)} random bytes in base64. Run \`openssl rand -base64 32\``)
    .transform((value) => (/^[A-Za-z0-9+/]+={0,2}$/.test(value) ? new Uint8Array(Buffer.from(value, 'base64')) : undefined))
    .pipe(z.instanceof(Uint8Array, { error: 'must be base64.' }))
    .refine((key) => key.length === KEY_BYTES, { error: `must be ${String(KEY_BYTES)} bytes.` });

/**
 * Parses a URL whose answers the service trusts.
 *
 * @param name the name of the setting
 * @throws Error if the URL is neither https nor on this machine
 */
export function privateUrl(name: string, value: string): URL {
  const url = new URL(value);
  if (isPrivate(url)) return url;
  throw new Error(`${name} must be https, or http on this machine: ${url.href}.`);
}

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const RATIO = { error: 'must be a number: 0 to 1.' };

const MAX_COUNT = 60_000;

const COUNT = { error: `must be a whole number: 1 to ${String(MAX_COUNT)}.` };

const INTERVAL = { error: 'must be a number of milliseconds: 1000 to 3600000.' };

/** A service recognizes after three seconds that the stream is down. A shorter grace would refuse tokens between two updates. */
const GRACE = { error: 'must be a number of seconds: 3 to 300.' };

/** Malformed percent-encoding stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The settings of every service. */
export const common = {
  /** The address to listen on. */
  HOST: z.string().min(1).default('127.0.0.1'),
  /** The folder with this service's `tls.crt` (leaf, then intermediate), `tls.key`, `ca.crt` and, if certificates are revoked, `crl.pem`. The service reloads changed files. */
  TLS_DIR: required("the folder with this service's tls.crt, tls.key and ca.crt"),
  /** The trust domain of the SPIFFE IDs in the certificates: `spiffe://<TRUST_DOMAIN>/<service>`. */
  TRUST_DOMAIN: z.string().min(1).default(TRUST_DOMAIN),
  /** The `iss` of the tokens that the service accepts, compared exactly. */
  ISSUER: url('the iss of the accepted tokens, as in https://auth.example.com'),
  /** The URL of the issuer's public keys: https, or http on this machine. `<ISSUER>/.well-known/jwks.json` unless set. */
  JWKS_URI: url("the URL of the issuer's public keys").optional(),
  /** How long the service accepts tokens while the revocation stream is down, in seconds: 3 to 300. */
  REVOCATION_GRACE_S: z.coerce
    .number(GRACE)
    .min(3, GRACE)
    .max(300, GRACE)
    .default(GRACE_MS / 1000),
  /** The longest time of a request with all calls that it makes, in milliseconds: 100 to 60000. Then it ends with DEADLINE_EXCEEDED. */
  DEADLINE_MS: milliseconds(100, 60_000).default(2_000),
  /** How long the service still serves after a signal to stop, in milliseconds: 0 to 60000. It reports that it is not ready, so that balancers send requests elsewhere. */
  SHUTDOWN_DELAY_MS: milliseconds(0, 60_000).default(1_000),
  /** fatal, error, warn, info, debug or trace. */
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], { error: 'must be fatal, error, warn, info, debug or trace.' })
    .default('info'),
  /** `true` turns OpenTelemetry off: the service loads no SDK, whatever the other settings are. */
  OTEL_SDK_DISABLED: z.stringbool({ error: 'must be true or false.' }).default(false),
  /** The collector that spans and metrics are sent to by OTLP over HTTP, without `/v1/traces`. Unset, the service makes no spans and loads no OpenTelemetry SDK. */
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl('the URL of an OpenTelemetry collector, as in http://localhost:4318').optional(),
  /** The encoding of the export: `http/protobuf` or `http/json`. */
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(['http/protobuf', 'http/json'], { error: 'must be http/protobuf or http/json.' })
    .default('http/protobuf'),
  /** The headers of the export, for example a key of the collector: `name=value` pairs, separated by commas, with percent-encoded values. */
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .regex(/^([\w-]+=[^,=]*)(,[\w-]+=[^,=]*)*$/, { error: 'must be name=value pairs, separated by commas, with percent-encoded values.' })
    .transform((text) => Object.fromEntries(text.split(',').map((pair) => pair.split('=').map(decoded))) as Record<string, string>)
    .optional(),
  /** Which traces are sampled: `always_on`, `always_off`, `traceidratio`, or one of them after `parentbased_`, which follows the service that calls. */
  OTEL_TRACES_SAMPLER: z
    .enum(SAMPLERS, { error: `must be ${SAMPLERS.slice(0, -1).join(', ')} or ${String(SAMPLERS.at(-1))}.` })
    .default('parentbased_always_on'),
  /** The share of traces that a sampler by `traceidratio` samples: 0 to 1. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number(RATIO).min(0, RATIO).max(1, RATIO).default(1),
  /** The longest time that an ended span waits for its export, in milliseconds. */
  OTEL_BSP_SCHEDULE_DELAY: z.coerce.number(COUNT).int(COUNT).min(1, COUNT).max(MAX_COUNT, COUNT).default(5_000),
  /** The number of ended spans that can wait for their export. The service drops further ones. */
  OTEL_BSP_MAX_QUEUE_SIZE: z.coerce.number(COUNT).int(COUNT).min(1, COUNT).max(MAX_COUNT, COUNT).default(2_048),
  /** Whether metrics are sent to the collector: `otlp` or `none`. */
  OTEL_METRICS_EXPORTER: z.enum(['otlp', 'none'], { error: 'must be otlp or none.' }).default('otlp'),
  /** The URL that metrics are sent to, as in http://localhost:4318/v1/metrics. `<OTEL_EXPORTER_OTLP_ENDPOINT>/v1/metrics` unless set. */
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: httpUrl('the URL of a collector for metrics, as in http://localhost:4318/v1/metrics').optional(),
  /** The interval of the export of metrics, in milliseconds: 1000 to 3600000. */
  OTEL_METRIC_EXPORT_INTERVAL: z.coerce.number(INTERVAL).int(INTERVAL).min(1_000, INTERVAL).max(3_600_000, INTERVAL).default(60_000),
  /** The port of `/metrics` for Prometheus, on the address HOST. It has no access control: do not publish it. */
  METRICS_PORT: optionalPort(),
  /** `development` turns on what production must not have: GraphiQL, introspection, gRPC reflection, and the reference page of the HTTP API. */
  NODE_ENV: z.enum(['production', 'development'], { error: 'must be production or development.' }).default('production'),
};

/** The parsed shared settings. */
type Common = z.output<z.ZodObject<typeof common>>;

/**
 * The options of `AuthModule` that come from the shared settings.
 *
 * @throws Error if `JWKS_URI` is neither https nor on this machine: an attacker in the network could replace the keys
 */
export function authOptions(config: Common): Pick<AuthOptions, 'tls' | 'deadlineMs'> & { readonly issuer: IssuerOptions } {
  const jwksUri = privateUrl('JWKS_URI', config.JWKS_URI ?? `${config.ISSUER.replace(/\/$/, '')}/.well-known/jwks.json`);
  return {
    issuer: { url: config.ISSUER, keys: { jwksUri }, transactionTokens: config.TRUST_DOMAIN },
    tls: { folder: config.TLS_DIR, trustDomain: config.TRUST_DOMAIN },
    deadlineMs: config.DEADLINE_MS,
  };
}

/** The option `revocations` of `AuthModule` for a service that uses auth's revocation stream. */
export function revocationStream({ AUTH_URL, REVOCATION_GRACE_S }: Pick<Common, 'REVOCATION_GRACE_S'> & { readonly AUTH_URL: string }) {
  return { from: 'stream', service: 'auth', url: AUTH_URL, graceMs: REVOCATION_GRACE_S * 1000 } as const;
}

/**
 * Reads an app's settings from the environment. NAME_FILE, the path of a file, can replace any NAME. Use it for secrets, because an
 * environment is listed, logged and inherited. An empty `OTEL_…` counts as not set, as OpenTelemetry defines.
 *
 * @throws Error that names **every** missing or wrong setting
 */
export function readConfig<S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv = process.env): z.output<S> {
  const files = readSettingFiles(Object.keys(schema.shape), env);
  const values = { ...withoutEmptyOtel(env), ...files.values };
  const result = schema.safeParse(values);
  const unread = new Set(files.faults.keys());
  const issues = result.error?.issues.filter(({ path }) => !unread.has(String(path[0]))) ?? [];
  const empty = emptyNumbers(schema, values).map((name) => `${name} is empty. Set a number, or unset it.`);
  const faults = [...files.faults.values(), ...empty, ...issues.map(({ path, message }) => `${path.join('.')} ${message}`)];
  if (faults.length === 0 && result.success) return result.data;
  throw new Error(faults.join('\n'));
}

/** The settings that are numbers and have no digit. JavaScript reads them as 0, which often means no limit. */
const emptyNumbers = ({ shape }: z.ZodObject, values: Readonly<Record<string, string | undefined>>) =>
  Object.entries(shape)
    .filter(([name, setting]) => values[name]?.trim() === '' && typeof z.safeParse(setting, values[name]).data === 'number')
    .map(([name]) => name);

const withoutEmptyOtel = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([name, value]) => value !== '' || !name.startsWith('OTEL_')));
