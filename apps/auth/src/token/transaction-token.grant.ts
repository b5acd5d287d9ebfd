import { Injectable } from '@nestjs/common';
import { Code, DomainError } from '@reputable/errors';
import { valid } from '@reputable/request';
import { errors, type TokenEndpointGrantContext } from 'oidc-provider';
import { TOKEN_EXCHANGE } from '../client/workload-clients.ts';
import { AuthorizationServer } from '../provider/authorization-server.ts';
import { Workloads } from '../provider/workloads.ts';
import { TransactionTokenForm, TXN_TOKEN } from './transaction-token.form.ts';
import { TransactionTokens } from './transaction-tokens.ts';

/** Token exchange at the token endpoint (RFC 8693), for Transaction Tokens alone. The rpc IssueTransactionToken does the same. */
@Injectable()
export class TransactionTokenGrant {
  constructor(
    server: AuthorizationServer,
    readonly workloads: Workloads,
    readonly tokens: TransactionTokens,
  ) {
    if (!server.settings.servesWorkloads) return;
    server.register({ name: TOKEN_EXCHANGE, parameters: Object.keys(TransactionTokenForm.shape), answer: (ctx) => this.#answer(ctx) });
  }

  async #answer(ctx: TokenEndpointGrantContext): Promise<void> {
    // oidc-provider has authenticated the client by the same certificate.
    const workload = this.workloads.senderOf(ctx.req);
    if (workload === undefined) throw new errors.InvalidClientAuth('certificate refused');
    const { subject_token: subjectToken, audience, scope, request_details: about } = formOf({ ...ctx.oidc.params });
    const request = { subjectToken, audience, scope, rpc: about?.rpc ?? '', requestSha256: about?.request_sha256, binds: about?.binds };
    try {
      const { token, expiresIn } = await this.tokens.issue(request, workload);
      ctx.body = { access_token: token, issued_token_type: TXN_TOKEN, token_type: 'N_A', expires_in: expiresIn };
    } catch (error) {
      throw error instanceof DomainError ? oauthErrorOf(error) : error;
    }
  }
}

function formOf(params: unknown) {
  try {
    return valid(TransactionTokenForm, params);
  } catch (error) {
    throw error instanceof DomainError ? new errors.InvalidRequest(error.message) : error;
  }
}

/** The error as in RFC 6749 §5.2 and RFC 8693 §2.2.2, which has `invalid_request` for every invalid subject token. */
function oauthErrorOf({ code, message, violations }: DomainError): Error {
  const [violation] = violations;
  if (violation?.field === 'audience') return new errors.InvalidTarget(message);
  if (violation?.field === 'scope') return new errors.CustomOIDCProviderError('invalid_scope', message);
  if (code === Code.UNAUTHENTICATED || code === Code.INVALID_ARGUMENT) return new errors.InvalidRequest(message);
  return Object.assign(new errors.TemporarilyUnavailable(message), { statusCode: 503 });
}
