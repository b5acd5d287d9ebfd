import { Injectable, Logger } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';

/** The age of a list at which the gateway asks auth for a new one, in milliseconds. */
const FRESH_MS = 30_000;

/** The shortest time between two requests to auth, in milliseconds. */
const PAUSE_MS = 1_000;

/**
 * The origins of the pages that may call the API with a token. Auth has the list. A new origin is allowed after a second, and a removed one refused
 * after half a minute. While auth does not answer, the last list remains; without one, no origin is allowed.
 */
@Injectable()
export class BrowserOrigins {
  readonly #log = new Logger('cors');
  #origins: ReadonlySet<string> = new Set();
  #askedAt = -Infinity;
  #asking: Promise<void> | undefined;

  constructor(@InjectClient(AuthService) readonly auth: Client<typeof AuthService>) {}

  /** Whether pages of this origin may call the API. */
  async has(origin: string): Promise<boolean> {
    const age = performance.now() - this.#askedAt;
    if (age > FRESH_MS || (age > PAUSE_MS && !this.#origins.has(origin))) await (this.#asking ??= this.#ask());
    return this.#origins.has(origin);
  }

  async #ask(): Promise<void> {
    try {
      const { origins } = await this.auth.listBrowserOrigins({});
      this.#origins = new Set(origins);
    } catch (err) {
      this.#log.warn({ msg: 'origins of browser clients not loaded', err });
    }
    this.#askedAt = performance.now();
    this.#asking = undefined;
  }
}
