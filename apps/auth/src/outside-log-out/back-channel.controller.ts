import { BadRequestException, Body, Controller, Header, HttpCode, Logger, NotFoundException, Param, Post } from '@nestjs/common';
import type { OutsideProvider } from '../outside-provider/outside-provider.ts';
import { OutsideProviders } from '../outside-provider/outside-providers.ts';
import { OutsideLogOuts } from './outside-log-outs.ts';

/** Takes the logout tokens of each provider, at a URL of its own (OpenID Connect Back-Channel Logout 1.0 §2.5). */
@Controller('log-in-with/:provider/back-channel-log-out')
export class BackChannelController {
  readonly #log = new Logger('outside-provider');

  constructor(
    readonly providers: OutsideProviders,
    readonly logOuts: OutsideLogOuts,
  ) {}

  /** Responds with 200, even if no session here depends on the ended ones, and with 400 if the log-out fails (§2.8). */
  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async logOut(@Param('provider') id: string, @Body() body: unknown): Promise<void> {
    const provider = this.providers.find(id);
    if (!provider) throw new NotFoundException();
    try {
      const sessions = await this.#end(provider, body);
      this.#log.log({ msg: 'logout token accepted', provider: id, sessions });
    } catch (error) {
      this.#log.warn({ msg: 'logout token refused', provider: id, reason: (error as Error).message });
      throw new BadRequestException();
    }
  }

  async #end({ logoutTokens }: OutsideProvider, body: unknown): Promise<number> {
    const { logout_token: token } = Object(body) as { readonly logout_token?: unknown };
    if (typeof token !== 'string') throw new TypeError('the form has no logout_token, or several');
    return this.logOuts.end(await logoutTokens.verify(token));
  }
}
