import { Injectable } from '@nestjs/common';
import { type Client, InjectClient, MAX_LIFETIME_S } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { Outbox } from '@reputable/database';
import { setTimeout } from 'node:timers/promises';
import { DataSource } from 'typeorm';

/** The tokens that a user has at this time, in milliseconds since the epoch, no longer say what is right: so it waits in the outbox. */
export type ClaimsChange = { userId: string; at: number };

/** How long what comes next is gathered after an announcement, in milliseconds: many votes for one user are few announcements. */
const PAUSE_MS = 100;

/** Has the auth service announce whose claims have changed, while there can be tokens from before. */
@Injectable()
export class ClaimsOutbox extends Outbox<ClaimsChange> {
  constructor(dataSource: DataSource, @InjectClient(AuthService) auth: Client<typeof AuthService>) {
    const deliver = async (changes: ClaimsChange[]) => {
      const oldest = Date.now() - MAX_LIFETIME_S * 1000;
      const userIds = new Set(changes.filter(({ at }) => at > oldest).map(({ userId }) => userId));
      await Promise.all(Array.from(userIds, (userId) => auth.announceClaims({ userId })));
      if (userIds.size > 0) await setTimeout(PAUSE_MS);
    };
    super({ dataSource, queue: 'claims', deliver });
  }
}
