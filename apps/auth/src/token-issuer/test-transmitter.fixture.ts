import type { TestIssuer } from '@reputable/auth/testing';
import { eventually } from '@reputable/testing';
import { decodeJwt } from 'jose';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';

/** A request of a recipient (RFC 8936 §2.2). */
interface PollRequest {
  readonly maxEvents?: number;
  readonly returnImmediately?: boolean;
  readonly ack?: readonly string[];
  readonly setErrs?: Readonly<Record<string, { readonly err: string }>>;
}

/** Lets a recipient poll for the security event tokens of an issuer (RFC 8936). It keeps each token until it has its result. */
export class TestTransmitter {
  readonly endpoint: string;
  readonly requests: PollRequest[] = [];
  /** How many of the next reports of results are lost, with a failure. */
  lostReports = 0;
  readonly #waiting = new Map<string, string>();
  readonly #results = new Map<string, string>();
  readonly #deliveries = new Map<string, number>();

  /** @param bearer the bearer token that requests must have */
  constructor(
    issuer: TestIssuer,
    readonly bearer: string,
  ) {
    this.endpoint = issuer.serve('/poll', (request, response) => {
      void this.#answer(request, response);
    });
  }

  /** Offers tokens to the recipient. */
  offer(...tokens: string[]): void {
    for (const token of tokens) this.#waiting.set(decodeJwt(token).jti ?? '', token);
  }

  /** The result of a token: `ack`, an error code, or undefined. */
  resultOf(jti: string): string | undefined {
    return this.#results.get(jti);
  }

  /** How often a token was delivered. */
  deliveries(jti: string): number {
    return this.#deliveries.get(jti) ?? 0;
  }

  /** Resolves when a token was delivered twice. */
  async deliveredAgain(jti: string): Promise<void> {
    await eventually(() => {
      if (this.deliveries(jti) < 2) throw new Error(`${jti} was not delivered twice.`);
    }, 10_000);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isAllowed = request.headers.authorization === `Bearer ${this.bearer}` && request.headers['content-type'] === 'application/json';
    if (!isAllowed || request.method !== 'POST') {
      response.writeHead(401).end();
      return;
    }
    const poll = (await json(request)) as PollRequest;
    this.requests.push(poll);
    const { maxEvents = 100, ack = [], setErrs = {} } = poll;
    const results = [...ack.map((jti) => [jti, 'ack'] as const), ...Object.entries(setErrs).map(([jti, { err }]) => [jti, err] as const)];
    if (results.length > 0 && this.lostReports > 0) {
      this.lostReports -= 1;
      response.writeHead(500).end();
      return;
    }
    for (const [jti, result] of results) {
      this.#results.set(jti, result);
      this.#waiting.delete(jti);
    }
    const sets = [...this.#waiting].slice(0, maxEvents);
    for (const [jti] of sets) this.#deliveries.set(jti, this.deliveries(jti) + 1);
    const moreAvailable = this.#waiting.size > sets.length;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ sets: Object.fromEntries(sets), moreAvailable }));
  }
}
