import { create, fromJson, type JsonValue, type Message, toJson } from '@bufbuild/protobuf';
import { CertificateWatch, ruleOf } from '@reputable/auth';
import { CliError } from '@reputable/cli';
import { SERVICES, TRUST_DOMAIN } from '@reputable/contracts/registry';
import { Code, type DomainError } from '@reputable/errors';
import type { Surroundings } from '@reputable/playground/direct-call';
import { placeUnaryCall } from '@reputable/playground/unary-call';
import { join } from 'node:path';
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
  const port = ports[service];
  const placed = placeUnaryCall(certificate, { service, port, rpc, request, token });
  const response = await placed.catch((error: unknown) => refuse(error as DomainError, service, port));
  return toJson(rpc.output, response as Message, { alwaysEmitImplicit: true });
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

/** @throws CliError with the refusal */
function refuse({ code, reason, message, metadata }: DomainError, service: string, port: number): never {
  if (reason === 'SERVICE_UNAVAILABLE') throw new CliError(`${service} does not answer at localhost:${String(port)}. Run npm start.`);
  const values = Object.keys(metadata).length === 0 ? '' : ` ${JSON.stringify(metadata)}`;
  throw new CliError(`${reason} (${Code[code]}): ${message}${values}`);
}
