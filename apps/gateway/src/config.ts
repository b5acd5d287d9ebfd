import { common, grpcTarget, port } from '@reputable/service';
import { z } from 'zod';
import { trustedProxies } from './http/trusted-proxies.ts';

/** The settings of the gateway. */
export const Config = z.object({
  ...common,
  /** The port for HTTP. */
  PORT: port(3000),
  AUTH_URL: grpcTarget('auth'),
  USER_URL: grpcTarget('user'),
  POST_URL: grpcTarget('post'),
  COMMENT_URL: grpcTarget('comment'),
  /** The proxies whose X-Forwarded-For is believed: addresses and networks, separated by commas. None, unless set. */
  TRUSTED_PROXIES: trustedProxies(),
});

/** The settings of the gateway, read. */
export type Config = z.output<typeof Config>;
