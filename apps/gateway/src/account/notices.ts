import { HttpStatus, Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clearCookie, cookieIn, NOTICE_COOKIE, SESSION_COOKIE, setCookie } from '../browser-session/cookie.ts';
import { BROWSER_SESSION_OPTIONS, type BrowserSessionOptions } from '../browser-session/options.ts';
import { deriveKey, seal, unseal } from '../browser-session/seal.ts';

/** How long a notice waits for the next page, in seconds. */
const LIFETIME_S = 60;

/** What a page says once: the effect of a form. */
export interface Notice {
  readonly text: string;
  /** A new personal access token. */
  readonly token?: string | undefined;
}

/**
 * Notices for the page after a form. The form redirects, so that a reload does not send it again, and the next page shows the notice once. It
 * is sealed in a cookie until then, so any gateway can show it, and no other site can make one up. The key depends on the session's cookie.
 */
@Injectable()
export class Notices {
  constructor(@Inject(BROWSER_SESSION_OPTIONS) readonly options: Pick<BrowserSessionOptions, 'encryptionKey'>) {}

  /** Redirects to a page that shows the notice. */
  async redirect(request: FastifyRequest, reply: FastifyReply, path: string, notice: Notice): Promise<void> {
    const sealed = await seal(notice, this.#key(request));
    await reply.header('set-cookie', setCookie(NOTICE_COOKIE, sealed, LIFETIME_S)).redirect(path, HttpStatus.SEE_OTHER);
  }

  /** The notice of the form before, if there is one. The answer deletes it. */
  async take(request: FastifyRequest, reply: FastifyReply): Promise<Notice | undefined> {
    const sealed = cookieIn(request, NOTICE_COOKIE);
    if (sealed === undefined) return undefined;
    reply.header('set-cookie', clearCookie(NOTICE_COOKIE));
    return unseal<Notice>(sealed, this.#key(request));
  }

  #key(request: FastifyRequest): Uint8Array {
    return deriveKey(this.options.encryptionKey, 'notice', cookieIn(request, SESSION_COOKIE));
  }
}
