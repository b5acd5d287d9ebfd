import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { SessionSchema } from '@reputable/contracts/auth/v1/auth';
import type { Session } from './session.entity.ts';

/** Maps a session to the contract's Session. @param names the clients' names, by id @param currentId the session of the request */
export const toMessage = (
  session: Session,
  names: ReadonlyMap<string, string>,
  currentId: string,
): MessageInitShape<typeof SessionSchema> => ({
  id: session.id,
  device: session.device,
  client: names.get(session.clientId) ?? session.clientId,
  createdAt: timestampFromDate(session.createdAt),
  lastUsedAt: timestampFromDate(session.lastUsedAt),
  current: session.id === currentId,
  ...(session.endedAt && { endedAt: timestampFromDate(session.endedAt) }),
  endReason: session.endReason ?? '',
});
