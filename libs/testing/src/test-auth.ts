import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { type handleUnaryCall, type Metadata, Server } from '@grpc/grpc-js';
import { type CertificateWatch, serverCredentials } from '@reputable/auth';
import type { TestIssuer } from '@reputable/auth/testing';
import { serviceDefinition } from '@reputable/contracts';
import {
  type AnnounceClaimsRequest,
  AnnounceClaimsResponseSchema,
  AuthService,
  type ExchangeClientCredentialsRequest,
  ExchangeClientCredentialsResponseSchema,
  type ExchangeTokenRequest,
  ExchangeTokenResponseSchema,
  type IssueTransactionTokenRequest,
  IssueTransactionTokenResponseSchema,
  ListBrowserOriginsResponseSchema,
  type RecordAuditEventRequest,
  RecordAuditEventResponseSchema,
  type RevokeUserRequest,
  RevokeUserResponseSchema,
} from '@reputable/contracts/auth/v1/auth';
import { DomainError, internal, toStatus } from '@reputable/errors';
import { HealthImplementation } from 'grpc-health-check';
import { TestExchange } from './test-exchange.ts';
import { TestRevocations } from './test-revocations.ts';

/** A stand-in for the auth service. It serves only the rpcs that services call on their own behalf. */
export class TestAuth {
  readonly revocations = new TestRevocations();
  readonly exchange: TestExchange;
  /** The origins of browser clients. */
  browserOrigins: string[] = [];
  /** The number of calls that asked for them. */
  originsAsked = 0;
  /** The metadata of the last exchange. */
  exchangedWith: Metadata | undefined;
  #server: Server | undefined;
  #port = 0;

  private constructor(
    readonly certificate: CertificateWatch,
    issuer: TestIssuer,
  ) {
    this.exchange = new TestExchange(issuer, this.revocations);
  }

  /** Starts on a free port, with the certificate of auth. */
  static async start(certificate: CertificateWatch, issuer: TestIssuer): Promise<TestAuth> {
    const auth = new TestAuth(certificate, issuer);
    await auth.up();
    return auth;
  }

  /** The gRPC target. */
  get url(): string {
    return `localhost:${String(this.#port)}`;
  }

  /** Stops listening and ends open calls, like a killed process. Keeps its data for {@link up}. */
  down(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  /** Starts listening, on the former port if there was one. */
  async up(): Promise<void> {
    if (this.#server) return;
    const server = this.#serve();
    this.#server = server;
    this.#port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(this.url, serverCredentials(this.certificate), (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
  }

  stop(): void {
    this.revocations.stop();
    this.down();
  }

  #serve(): Server {
    const { revocations, exchange } = this;
    const handlers = {
      WatchRevocations: revocations.watch.bind(revocations),
      RevokeUser: unary(RevokeUserResponseSchema, (request: RevokeUserRequest) => revocations.noteRevocation(request)),
      RecordAuditEvent: unary(RecordAuditEventResponseSchema, (request: RecordAuditEventRequest) => revocations.noteAuditEvent(request)),
      AnnounceClaims: unary(AnnounceClaimsResponseSchema, (request: AnnounceClaimsRequest) => revocations.noteAnnouncement(request)),
      ExchangeClientCredentials: unary(ExchangeClientCredentialsResponseSchema, (request: ExchangeClientCredentialsRequest) =>
        exchange.exchangeClient(request),
      ),
      ListBrowserOrigins: unary(ListBrowserOriginsResponseSchema, () => {
        this.originsAsked += 1;
        return { origins: this.browserOrigins };
      }),
      IssueTransactionToken: unary(IssueTransactionTokenResponseSchema, (request: IssueTransactionTokenRequest, workload) =>
        exchange.issueTransaction(request, workload),
      ),
      ExchangeToken: unary(ExchangeTokenResponseSchema, (request: ExchangeTokenRequest, _workload, metadata) => {
        this.exchangedWith = metadata;
        return exchange.exchange(request);
      }),
    };
    const definition = Object.entries(serviceDefinition(AuthService)).filter(([name]) => name in handlers);
    const server = new Server();
    server.addService(Object.fromEntries(definition), handlers);
    new HealthImplementation({ '': 'SERVING' }).addToServer(server);
    return server;
  }
}

/** A grpc-js handler that answers with the result or the error of `answer`. Its `workload` is the SPIFFE ID of the calling service. */
const unary =
  <Request, S extends DescMessage>(
    schema: S,
    answer: (request: Request, workload: string, metadata: Metadata) => Promise<MessageInitShape<S>> | MessageInitShape<S>,
  ): handleUnaryCall<Request, unknown> =>
  (call, callback) => {
    const workload = call.getAuthContext().sslPeerCertificate?.subjectaltname?.match(/spiffe:[^,]+/)?.[0] ?? '';
    Promise.resolve(call.request)
      .then((request) => answer(request, workload, call.metadata))
      .then(
        (response) => callback(null, create(schema, response)),
        (error: unknown) => callback(toStatus(error instanceof DomainError ? error : internal())),
      );
  };
