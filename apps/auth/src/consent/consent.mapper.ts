import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { AllowedApplicationSchema } from '@reputable/contracts/auth/v1/auth';
import type { AdapterPayload } from 'oidc-provider';
import type { Consent } from './consent.entity.ts';

/** Maps a consent to the contract's AllowedApplication. @param lastUsedAt when the application last used one of its sessions */
export const toMessage = (
  { id, clientId, allowed, createdAt }: Consent,
  client: AdapterPayload | undefined,
  lastUsedAt: Date | undefined,
): MessageInitShape<typeof AllowedApplicationSchema> => ({
  id,
  name: client?.client_name ?? clientId,
  host: URL.parse(client?.redirect_uris?.[0] ?? '')?.host ?? '',
  scopes: allowed,
  allowedAt: timestampFromDate(createdAt),
  ...(lastUsedAt && { lastUsedAt: timestampFromDate(lastUsedAt) }),
});
