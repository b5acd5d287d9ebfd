import { runCommand } from '@reputable/cli';
import { ROLES, SERVICES } from '@reputable/contracts';
import { readFiles, rpcsOf } from '@reputable/proto';
import { resolve } from 'node:path';
import { answer } from './answer.ts';
import { whoIs } from './question.ts';
import { verdictsFor } from './verdict.ts';

const HELP = `npm run access -- --role member --reputation 14

Lists every rpc of the contract with the decision for this user, and the reason of a refusal. The services decide by the same code.

  --role <role>        member (no role), ${ROLES.join(', ').toLowerCase()}. Repeat it for several. Default: member
  --reputation <n>     Default: 1
  --scope <scope>      Repeat it for several. Default: all, as our own clients have them
  --signed-out         no user is signed in
  --service <service>  the service that calls: ${SERVICES.join(', ')}. Default: gateway
  --json               prints JSON

Rules that need the row, such as its author, are printed without a decision. docs/access.md lists all rules.
`;

await runCommand({
  name: 'npm run access',
  help: HELP,
  options: {
    role: { type: 'string', multiple: true },
    reputation: { type: 'string' },
    scope: { type: 'string', multiple: true },
    service: { type: 'string' },
    'signed-out': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  run: ({ json, ...question }) => {
    const who = whoIs(question);
    const verdicts = verdictsFor(who, rpcsOf(readFiles(resolve(import.meta.dirname, '../../..'))));
    process.stdout.write(json ? `${JSON.stringify(verdicts, null, 2)}\n` : answer(who, verdicts));
  },
});
