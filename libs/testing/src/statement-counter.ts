import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { joinSockets } from './joined-sockets.ts';

/** A statement that a client runs on PostgreSQL. */
export interface Statement {
  readonly text: string;
  /** Whether it runs as a named prepared statement. */
  readonly prepared: boolean;
}

/** The connections of these applications do background work: they poll queues and listen for notifications. */
const BACKGROUND = /application_name\0(pgboss|listener)\0/;

/** A proxy in front of a database. It forwards everything unchanged, and records the statements of all connections but those of background work. */
export class StatementCounter {
  /** The executed statements, in order. */
  readonly statements: Statement[] = [];
  /** The statements that PostgreSQL had to parse again on a connection that had already run them. */
  readonly parsedAgain: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(database: URL) {
    this.#server = createServer((client) => {
      const server = connect(Number(database.port), database.hostname);
      const connection = new FrontendMessages(this);
      client.on('data', (bytes) => {
        connection.read(bytes);
      });
      joinSockets(client, server, this.#sockets);
    });
  }

  /** Starts on a free port. Connect to `url` in place of `databaseUrl`. */
  static async start(databaseUrl: string): Promise<StatementCounter & { readonly url: string }> {
    const url = new URL(databaseUrl);
    const counter = new StatementCounter(new URL(databaseUrl));
    await once(counter.#server.listen(0, '127.0.0.1'), 'listening');
    url.hostname = '127.0.0.1';
    url.port = String((counter.#server.address() as AddressInfo).port);
    return Object.assign(counter, { url: url.href });
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** The messages of one connection to PostgreSQL ("Message Formats" in its manual). */
class FrontendMessages {
  readonly #counter: StatementCounter;
  /** The texts of the statements by name. */
  readonly #texts = new Map<string, string>();
  readonly #parsed = new Set<string>();
  #rest = Buffer.alloc(0);
  #started = false;
  #background = false;

  constructor(counter: StatementCounter) {
    this.#counter = counter;
  }

  read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      // The first message has no type.
      const head = this.#started ? 1 : 0;
      if (this.#rest.length < head + 4) return;
      const end = head + this.#rest.readInt32BE(head);
      if (this.#rest.length < end) return;
      const body = this.#rest.toString('utf8', head + 4, end);
      if (!this.#started) this.#background = BACKGROUND.test(body);
      else if (!this.#background) this.#message(String.fromCharCode(this.#rest[0] ?? 0), body.split('\0'));
      this.#started = true;
      this.#rest = this.#rest.subarray(end);
    }
  }

  /** @param strings the message's body, which begins with strings that end with NUL */
  #message(type: string, [first = '', second = '']: readonly string[]): void {
    const { statements, parsedAgain } = this.#counter;
    if (type === 'Q') statements.push({ text: first, prepared: false });
    if (type === 'P') {
      this.#texts.set(first, second);
      if (this.#parsed.has(second)) parsedAgain.push(second);
      this.#parsed.add(second);
    }
    // Bind names the portal, and then the statement.
    if (type === 'B') statements.push({ text: this.#texts.get(second) ?? '', prepared: second !== '' });
  }
}
