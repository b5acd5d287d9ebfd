import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type sendUnaryData, Server, type ServerUnaryCall, type ServerWritableStream } from '@grpc/grpc-js';
import { type CertificateWatch, type Revocation, serverCredentials } from '@reputable/auth';
import { packageDefinition } from '@reputable/contracts';
import {
  AuthService,
  type RevocationSchema,
  RevokeUserResponseSchema,
  type RevokeUserRequest,
  type WatchRevocationsRequest,
  type WatchRevocationsResponse,
  WatchRevocationsResponseSchema,
} from '@reputable/contracts/auth/v1/auth';

type Watcher = ServerWritableStream<WatchRevocationsRequest, WatchRevocationsResponse>;

/** How often watchers are told that there is nothing new, in milliseconds. */
const HEARTBEAT_MS = 500;

/** Stands in for the auth service where a test has none: its stream of revocations, and no more of it. */
export class TestRevocations {
  /** The users whose tokens were to be revoked. That is noted, and nothing done about it. */
  readonly asked: RevokeUserRequest[] = [];
  readonly #server = new Server();
  readonly #watchers = new Set<Watcher>();
  readonly #revocations: Revocation[] = [];
  readonly #timer = setInterval(() => this.#tell([]), HEARTBEAT_MS).unref();
  /** Where it listens, once it does. */
  url = '';

  private constructor() {
    const definition = packageDefinition([AuthService])[AuthService.typeName];
    if (!definition) throw new Error('The contract of auth is not there.');
    const { WatchRevocations, RevokeUser } = definition;
    if (!WatchRevocations || !RevokeUser) throw new Error('The contract of auth has changed.');
    this.#server.addService(
      { WatchRevocations, RevokeUser },
      {
        WatchRevocations: (watcher: Watcher) => {
          this.#watchers.add(watcher);
          watcher.on('cancelled', () => this.#watchers.delete(watcher));
          watcher.write(messageOf(this.#revocations));
        },
        RevokeUser: ({ request }: ServerUnaryCall<RevokeUserRequest, object>, callback: sendUnaryData<object>) => {
          this.asked.push(request);
          callback(null, create(RevokeUserResponseSchema));
        },
      },
    );
  }

  /** Starts on a free port, with the certificate of auth. */
  static async start(certificate: CertificateWatch): Promise<TestRevocations> {
    const revocations = new TestRevocations();
    const port = await new Promise<number>((resolve, reject) => {
      revocations.#server.bindAsync('localhost:0', serverCredentials(certificate), (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
    revocations.url = `localhost:${String(port)}`;
    return revocations;
  }

  /** Revokes all tokens of a session or a user that were issued up to now. */
  revoke(subject: Revocation['subject'], id: string): void {
    const now = Date.now();
    const revocation = { subject, id, issuedBefore: now + 1_000, expiresAt: now + 310_000 };
    this.#revocations.push(revocation);
    this.#tell([revocation]);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#server.forceShutdown();
  }

  #tell(revocations: readonly Revocation[]): void {
    for (const watcher of this.#watchers) watcher.write(messageOf(revocations));
  }
}

const messageOf = (revocations: readonly Revocation[]) => create(WatchRevocationsResponseSchema, { revocations: revocations.map(toWire) });

const toWire = ({ subject, id, issuedBefore, expiresAt }: Revocation): MessageInitShape<typeof RevocationSchema> => ({
  subject: { case: subject === 'session' ? 'sessionId' : 'userId', value: id },
  issuedBefore: timestampFromMs(issuedBefore),
  expiresAt: timestampFromMs(expiresAt),
});
