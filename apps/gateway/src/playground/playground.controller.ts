import { Controller, Get, HttpStatus, Inject, Post, Req, Res, UseFilters } from '@nestjs/common';
import { html, type Page, sendPage } from '@reputable/page';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { refuseCrossSite } from '../browser-session/cross-site.ts';
import { ErrorAnswer } from '../http/refusal.ts';

/** The injection token of the {@link PlaygroundAddress}. */
export const PLAYGROUND = Symbol('PLAYGROUND');

/** Where the page is served. */
export interface PlaygroundAddress {
  /** The gateway's origin for browsers. */
  readonly origin: string;
  /** The path of the launcher's Unix socket. */
  readonly socket: string;
}

/** The response headers that the launcher decides. */
const HEADERS = ['content-type', 'content-security-policy', 'referrer-policy'];

/** An address of this machine. Not the client's address by a proxy: the connection's own. */
const LOOPBACK = /^(?:::1|(?:::ffff:)?127\..*)$/;

/** A tunnel or a proxy on this machine makes requests of others look like ours, but names their address. */
const isOfThisMachine = ({ socket, headers }: FastifyRequest) =>
  LOOPBACK.test(socket.remoteAddress ?? '') && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;

/** No answer takes longer: a rotation of keys can wait for half a minute. */
const TIMEOUT_MS = 60_000;

/**
 * Forwards the page at `/` and its API to the launcher. The API acts as the demo accounts, so it is for pages of this origin on this machine
 * alone: the host prevents DNS rebinding, and the header and the origin prevent requests of other sites.
 */
@Controller()
@UseFilters(ErrorAnswer)
export class PlaygroundController {
  constructor(@Inject(PLAYGROUND) readonly address: PlaygroundAddress) {}

  @Get(['/', 'playground/*'])
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.#forward(request, reply);
  }

  @Post('playground/*')
  async act(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    refuseCrossSite(request, this.address.origin);
    await this.#forward(request, reply);
  }

  async #forward(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!isOfThisMachine(request) || request.headers.host !== new URL(this.address.origin).host) {
      await sendPage(reply, HttpStatus.FORBIDDEN, elsewhere(this.address.origin));
      return;
    }
    try {
      const answer = await this.#ask(request);
      const headers = HEADERS.flatMap((name) => (answer.headers[name] === undefined ? [] : [[name, answer.headers[name]] as const]));
      await reply
        .code(answer.statusCode ?? HttpStatus.BAD_GATEWAY)
        .headers(Object.fromEntries(headers))
        .send(answer);
    } catch {
      await sendPage(reply, HttpStatus.BAD_GATEWAY, noLauncher);
    }
  }

  async #ask({ method, url, body }: FastifyRequest): Promise<IncomingMessage> {
    const call = send({
      socketPath: this.address.socket,
      path: url,
      method,
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    call.end(method === 'POST' ? JSON.stringify(body ?? {}) : undefined);
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    return answer;
  }
}

const page = (title: string, body: Page['body']): Page => ({
  title,
  body: html`<h1>${title}</h1>
    ${body}`,
  formTargets: 'none',
});

const elsewhere = (origin: string) =>
  page('Open this page at its own address', html`<p>It is for this machine alone: <a href="${origin}/">${origin}/</a></p>`);

const noLauncher = page('The launcher does not answer', html`<p>It serves this page. Start it again with <code>npm start</code>.</p>`);
