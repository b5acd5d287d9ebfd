import {
  type Metadata,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  ServerInterceptingCall,
  type ServerMethodDefinition,
} from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { MalformedRequest } from '@reputable/contracts';
import type { DomainError } from '@reputable/errors';
import { internal, invalid, toStatus } from '@reputable/errors';
import type { AccessRule } from '../access/access-rule.ts';
import { refusePeer, refuseUser } from '../access/decide.ts';
import { tokenExpired } from '../access/denials.ts';
import type { PeerReader } from '../tls/peer.ts';
import type { VerifiedToken } from '../token/access-token.ts';
import { TokenRefusal, type TokenVerifier } from '../token/token-verifier.ts';
import { bearerToken } from '../token/bearer-token.ts';
import { type CallContext, runInCall } from './call-context.ts';

type Method = ServerMethodDefinition<unknown, unknown>;

/**
 * Decides about every call before Nest sees it: unary and streams, health and reflection included. In this order:
 *
 * 1. The rpc has a rule, or nobody may call it.
 * 2. The peer's certificate names a service that the rule lists. (An unverified peer got no connection in the first place.)
 * 3. A token, if the call carries one, verifies. One that does not is refused even where anyone may call.
 * 4. The user has what the rule asks for.
 * 5. The request is a message of the contract.
 *
 * Then the handler runs in the {@link CallContext} of the call. Nothing else that a caller sends says who it is.
 */
export class AccessInterceptor {
  readonly #log = new Logger('access');

  constructor(
    readonly rules: ReadonlyMap<string, AccessRule>,
    readonly peers: PeerReader,
    readonly tokens: TokenVerifier,
  ) {}

  /** To be passed to the gRPC server, in `channelOptions.interceptors`. */
  readonly intercept: ServerInterceptor = (method: Method, call) => {
    const state: { context?: CallContext; timer?: NodeJS.Timeout | undefined } = {};
    const inCall = (work: () => void) => {
      if (state.context) runInCall(state.context, work);
    };
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, proceed) => {
            this.#admit(method, call, metadata, (context) => {
              state.context = context;
              state.timer = endWithToken(method, call, context);
              inCall(() => {
                proceed(metadata);
              });
            });
          },
          onReceiveMessage: (message: unknown, proceed) => {
            if (message instanceof MalformedRequest) this.#refuse(method, call, malformed(message), state.context);
            else
              inCall(() => {
                proceed(message);
              });
          },
          onReceiveHalfClose: (proceed) => {
            inCall(proceed);
          },
          onCancel: () => {
            clearTimeout(state.timer);
          },
        });
      },
      sendStatus: (status, proceed) => {
        clearTimeout(state.timer);
        proceed(status);
      },
    });
  };

  /** Steps 1 to 4. Synchronous for tokens that are known, so that the usual call waits for nothing. */
  #admit(method: Method, call: ServerInterceptingCallInterface, metadata: Metadata, enter: (context: CallContext) => void): void {
    const service = this.peers.serviceOf(call);
    const rule = this.rules.get(method.path);
    if (!rule) {
      this.#refuse(method, call, internal(), { service });
      return;
    }
    const peerRefusal = refusePeer(rule, service);
    if (peerRefusal) {
      this.#refuse(method, call, peerRefusal, { service });
      return;
    }

    const decide = (user: VerifiedToken | undefined) => {
      const refusal = refuseUser(rule, user?.caller);
      const context = { user, service, deadline: deadlineOf(call) };
      if (refusal) this.#refuse(method, call, refusal, context);
      else enter(context);
    };
    const token = bearerOf(metadata);
    if (token === undefined || rule.who === 'service') {
      decide(undefined);
      return;
    }
    const known = this.tokens.known(token);
    if (known) {
      decide(known);
      return;
    }
    this.tokens
      .verify(token)
      .then(decide)
      .catch((error: unknown) => {
        this.#refuseToken(method, call, error, service);
      });
  }

  #refuseToken(method: Method, call: ServerInterceptingCallInterface, error: unknown, service: string | undefined): void {
    if (error instanceof TokenRefusal) this.#refuse(method, call, error.error, { service }, error.fault);
    else {
      this.#log.error({ msg: 'a call could not be decided', rpc: method.path, err: error });
      this.#refuse(method, call, internal(), { service });
    }
  }

  #refuse(
    method: Method,
    call: ServerInterceptingCallInterface,
    error: DomainError,
    context: Partial<CallContext> | undefined,
    fault?: string,
  ): void {
    const { reason, metadata } = error;
    this.#log.warn({
      msg: 'refused',
      rpc: method.path,
      reason,
      ...metadata,
      service: context?.service,
      user: context?.user?.caller.id,
      fault,
    });
    call.sendStatus(toStatus(error));
  }
}

const malformed = ({ field, description }: MalformedRequest) => invalid([{ field, description }]);

/** The bearer token (RFC 6750 §2.1) of a call. What stands there and is none counts as a token that is not valid. */
function bearerOf(metadata: Metadata): string | undefined {
  const values = metadata.get('authorization');
  if (values.length === 0) return undefined;
  const [value] = values;
  return values.length === 1 && typeof value === 'string' ? bearerToken(value) : '';
}

function deadlineOf(call: ServerInterceptingCallInterface): number {
  const deadline = call.getDeadline();
  return typeof deadline === 'number' ? deadline : deadline.getTime();
}

/** A stream ends with the token it was opened with. */
function endWithToken(method: Method, call: ServerInterceptingCallInterface, { user }: CallContext): NodeJS.Timeout | undefined {
  if (!user || !(method.requestStream || method.responseStream)) return undefined;
  return setTimeout(
    () => {
      call.sendStatus(toStatus(tokenExpired()));
    },
    user.expiresAt * 1000 - Date.now(),
  );
}
