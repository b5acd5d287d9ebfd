import { runCommand } from '@reputable/cli';
import { ROLES, SERVICES } from '@reputable/contracts';
import { readFiles, rpcsOf } from '@reputable/proto';
import { resolve } from 'node:path';
import { answer } from './answer.ts';
import { whoIs } from './question.ts';
import { verdictsFor } from './verdict.ts';

const HELP = `npm run access -- --role member --reputation 14

Prints what such a caller may and may not do: every rpc of the contract, and why not. The decisions are made by the code with
which the services make them.

  --role <role>        member (no role), ${ROLES.join(', ').toLowerCase()}; more than once for several; member if not given
  --reputation <n>     1 if not given
  --scope <scope>      more than once for several; none if not given
  --signed-out         nobody is signed in
  --service <service>  through which service the call comes: ${SERVICES.join(', ')}; gateway if not given
  --json               for programs

Rules of a row (whose post is it?) are shown beside; docs/access.md has them all.
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
