import { create, fromJson, type JsonValue, type MessageShape, toJson } from '@bufbuild/protobuf';
import { Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { CertificateWatch, channelCredentials, ruleOf } from '@reputable/auth';
import { CliError } from '@reputable/cli';
import { serviceDefinition } from '@reputable/contracts';
import { SERVICES, TRUST_DOMAIN } from '@reputable/contracts/registry';
import { Code, DomainError, fromServiceError } from '@reputable/errors';
import { join } from 'node:path';
import type { Surroundings } from '@reputable/playground/direct-call';
import type { Target } from './rpc.ts';

/** A call to place. */
export interface Call extends Target {
  /** The request in the JSON format of protobuf. */
  readonly json: string;
  /** The service whose certificate it shows; by default, one that the rpc's rule lists. */
  readonly from: string | undefined;
  readonly token: string | undefined;
}

/**
 * Calls an rpc with the certificate of a service.
 *
 * @returns the response in the JSON format of protobuf
 * @throws CliError with the refusal, or if the call cannot be placed
 */
export async function placeCall({ ports, pki }: Surroundings, call: Call): Promise<JsonValue> {
  const { service, rpc, token } = call;
  const request = requestOf(call);
  const certificate = await certificateOf(pki.dir, call);
  const url = `localhost:${String(ports[service])}`;
  const client = new Client(url, channelCredentials(certificate, service, TRUST_DOMAIN));
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  const { path, requestSerialize, responseDeserialize } = serviceDefinition(rpc.parent)[rpc.name] ?? unknown();
  try {
    const response = await new Promise<MessageShape<typeof rpc.output>>((resolve, reject) => {
      const done = (error: ServiceError | null, value?: unknown) => {
        if (error) reject(refusalOf(error, service, url));
        else resolve(value as MessageShape<typeof rpc.output>);
      };
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline: Date.now() + 5_000 }, done);
    });
    return toJson(rpc.output, response, { alwaysEmitImplicit: true });
  } finally {
    client.close();
    certificate.close();
  }
}

function requestOf({ rpc, json }: Call) {
  try {
    return json.trim() === '' ? create(rpc.input) : fromJson(rpc.input, JSON.parse(json) as JsonValue);
  } catch (error) {
    const fields = rpc.input.fields.map(({ jsonName }) => jsonName).join(', ');
    throw new CliError(`The request is not a ${rpc.input.name}: ${(error as Error).message}. Its fields: ${fields || 'none'}.`);
  }
}

async function certificateOf(folder: string, { rpc, from = callerOf(rpc) }: Call): Promise<CertificateWatch> {
  const service = SERVICES.find((name) => name === from);
  if (service === undefined) throw new CliError(`Unknown service: ${from}. Use one of ${SERVICES.join(', ')}.`);
  try {
    return await CertificateWatch.open({ folder: join(folder, service), service, trustDomain: TRUST_DOMAIN });
  } catch (error) {
    throw new CliError(`${(error as Error).message} Run npm start.`, { cause: error });
  }
}

/** A service that may call the rpc: the gateway if possible. */
function callerOf(rpc: Target['rpc']): string {
  const { callers } = ruleOf(rpc);
  return callers.includes('gateway') ? 'gateway' : (callers[0] ?? 'gateway');
}

function refusalOf(error: ServiceError, service: string, url: string): CliError {
  const refusal = fromServiceError(error, service);
  if (!(refusal instanceof DomainError)) return new CliError(error.message);
  const { code, reason, message, metadata } = refusal;
  if (reason === 'SERVICE_UNAVAILABLE') return new CliError(`${service} does not answer at ${url}. Run npm start.`);
  const values = Object.keys(metadata).length === 0 ? '' : ` ${JSON.stringify(metadata)}`;
  return new CliError(`${reason} (${Code[code]}): ${message}${values}`);
}

function unknown(): never {
  throw new Error('The contract has no such rpc.');
}
