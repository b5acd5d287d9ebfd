import type { FastifyRequest, onSendHookHandler, preParsingHookHandler, RouteShorthandOptions } from 'fastify';
import { getOperationAST, parse } from 'graphql';
import { MAX_TOKENS } from './document-limits.ts';
import { requestInvalid } from './request.errors.ts';

/** The media type of GraphQL over HTTP. With it, the status of a response tells whether the request was executed. */
const RESPONSE_TYPE = 'application/graphql-response+json';

/** Whether the client accepts {@link RESPONSE_TYPE}, and prefers it to JSON or has no preference. */
export function acceptsResponseType({ headers: { accept } }: FastifyRequest): boolean {
  if (!accept?.includes(RESPONSE_TYPE)) return false;
  const quality = qualityIn(accept, RESPONSE_TYPE);
  return quality > 0 && quality >= qualityIn(accept, 'application/json');
}

/** The quality of a media type in `Accept` (RFC 9110 §12.5.1); 0 if it is not in it. */
function qualityIn(accept: string, type: string): number {
  const ranges = accept.split(',').map((range) => range.trim().split(/\s*;\s*/));
  const [found, ...parameters] = ranges.find(([name]) => name === type) ?? [];
  if (found === undefined) return 0;
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  return quality === undefined ? 1 : Number(quality.slice(2)) || 0;
}

/** Answers with the media type that the client accepts. */
export const negotiate: onSendHookHandler = (request, reply, _payload, done) => {
  if (acceptsResponseType(request)) reply.type(`${RESPONSE_TYPE}; charset=utf-8`);
  done();
};

/**
 * Refuses the forms that a page of another origin could make a browser send. Such a page can also cause GET requests: they only read, and have
 * no user without a header that the page cannot send.
 */
export const refuseForms: preParsingHookHandler = ({ method, headers }, _reply, payload, done) => {
  if (method === 'POST' && !/^application\/(json|graphql)\s*(;|$)/i.test(headers['content-type'] ?? ''))
    done(requestInvalid('Send queries by POST, as application/json.'));
  else done(null, payload);
};

type Compiler = NonNullable<RouteShorthandOptions['validatorCompiler']>;

/** Validates the parameters of a request. Fastify's own validation would convert them: the variables `0` to none, the query `0` to a text. */
export const validateParameters: Compiler =
  ({ httpPart }) =>
  (parameters: unknown) => {
    const fault =
      httpPart === 'querystring' ? (faultIn(parameters, isJsonMap) ?? unknownOperation(parameters)) : faultIn(parameters, isMap);
    return fault === undefined ? { value: parameters } : { error: new Error(fault) };
  };

function faultIn(parameters: unknown, isVariables: (value: unknown) => boolean): string | undefined {
  if (!isMap(parameters) || parameters === null) return 'The parameters must be an object.';
  const { query, operationName, variables, extensions } = parameters as Record<string, unknown>;
  if (query !== undefined && typeof query !== 'string') return '`query` must be a string.';
  if (!isAbsent(operationName) && typeof operationName !== 'string') return '`operationName` must be a string.';
  if (!isVariables(variables)) return '`variables` must be an object.';
  return isVariables(extensions) ? undefined : '`extensions` must be an object.';
}

const isAbsent = (value: unknown) => value === undefined || value === null;

const isMap = (value: unknown) => isAbsent(value) || (typeof value === 'object' && !Array.isArray(value));

/** Whether a parameter of a URL is an object in JSON. Mercurius parses it. */
function isJsonMap(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'string') return false;
  try {
    return isMap(JSON.parse(value));
  } catch {
    return false;
  }
}

/** A wrong name of an operation. For GET requests, Mercurius would fail instead of refusing it. */
function unknownOperation(parameters: unknown): string | undefined {
  const { query = '', operationName } = parameters as { readonly query?: string; readonly operationName?: string };
  if (!operationName) return undefined;
  try {
    const operation = getOperationAST(parse(query, { maxTokens: MAX_TOKENS }), operationName);
    return operation ? undefined : `The query has no operation named ${JSON.stringify(operationName)}.`;
  } catch {
    // Mercurius refuses the query.
    return undefined;
  }
}
