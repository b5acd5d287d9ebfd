import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { SessionSchema, TokensSchema } from '@reputable/contracts/auth/v1/auth';
import { ACCESS_TOKEN_LIFETIME_S } from '../token/access-tokens.ts';
import type { Session } from './session.entity.ts';

/** What a client holds, as the contract's Tokens. */
export type Tokens = MessageInitShape<typeof TokensSchema>;

/** The tokens of a session as the contract's Tokens. */
export const tokensToWire = (userId: string, accessToken: string, refreshToken: string): Tokens => ({
  accessToken,
  refreshToken,
  tokenType: 'Bearer',
  expiresIn: ACCESS_TOKEN_LIFETIME_S,
  userId,
});

/** A session as the contract's Session, seen from the session `currentId`. */
export const toWire = (session: Session, currentId: string): MessageInitShape<typeof SessionSchema> => ({
  id: session.id,
  device: session.device,
  createdAt: timestampFromDate(session.createdAt),
  lastUsedAt: timestampFromDate(session.lastUsedAt),
  current: session.id === currentId,
});
