import { runCommand, UsageError } from '@reputable/cli';
import { withDatabase } from './cli-settings.ts';
import { KeyStore } from './key/key-store.ts';
import { SigningKey } from './key/signing-key.entity.ts';
import { recover } from './recovery/recovery.ts';
import { Session } from './session/session.entity.ts';
import { SessionService } from './session/session.service.ts';

const HELP = `npm run recover -- after-restore [--settings <file>]

Makes the database of auth safe after it was restored from a backup. Run it before users return. It

  - ends all sessions and log-ins, personal access tokens too, and deletes unused links of mails. All users have to log in again
  - deletes the last known roles and reputations, which auth uses during an outage of the user service
  - replaces the signing keys
  - gives the next revocation a higher number than all earlier ones

docs/production.md has the reasons, and the other steps after a restore.

The command finds its settings as \`npm run keys\` does.
`;

await runCommand({
  name: 'npm run recover',
  help: HELP,
  options: { settings: { type: 'string' } },
  words: 1,
  run: async ({ settings }, [name]) => {
    if (name === undefined) return void process.stdout.write(HELP);
    if (name !== 'after-restore') throw new UsageError(`Unknown command: ${name}`);
    await withDatabase(settings, [Session, SigningKey], async (dataSource, { KEY_ENCRYPTION_KEY }) => {
      const sessions = new SessionService(dataSource.getRepository(Session), { announce: () => Promise.resolve() });
      const recovered = await recover(sessions, new KeyStore(dataSource, KEY_ENCRYPTION_KEY));
      process.stdout.write(`Ended sessions: ${String(recovered.sessions)}. Replaced signing keys: ${String(recovered.keys)}.\n`);
    });
  },
});
