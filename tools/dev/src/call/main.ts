import { runCommand, UsageError } from '@reputable/cli';
import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { logInDemoUser } from './demo-user.ts';
import { placeCall } from './place-call.ts';
import { findRpc } from './rpc.ts';

const HELP = `npm run call -- <service> <rpc> [<request>] [--as <account>] [--from <service>]

Calls an rpc of the system that npm start runs, without the gateway, and prints the response as JSON. If the service refuses the
call, it prints the reason and exits with 1.

  <request>          the request in the JSON format of protobuf, as in '{"pageSize": 1}'. Default: empty
  --as <account>     sends the token of a demo account, such as member: logs in at the gateway, exchanges the token for a JWT
                     for that service, and logs out afterwards. Default: no token
  --from <service>   uses the certificate of that service. Default: a service that the rule of the rpc lists

Examples:

  npm run call -- post ListPosts '{"pageSize": 1}'
  npm run call -- post CreatePost '{"title": "A title", "body": "A body"}' --as member
  npm run call -- post ListPosts --from user
`;

await runCommand({
  name: 'npm run call',
  help: HELP,
  options: { as: { type: 'string' }, from: { type: 'string' } },
  words: 3,
  failures: ['Refused'],
  run: async ({ as, from }, [serviceName, rpcName, json = '']) => {
    if (serviceName === undefined || rpcName === undefined) throw new UsageError('Name a service and an rpc.');
    const target = await findRpc(serviceName, rpcName);
    const { dataDir, ports } = readConfig(process.env);
    const system = { ports, pki: { dir: join(dataDir, 'pki') } };
    const user = as === undefined ? undefined : await logInDemoUser(system, dataDir, as, target.service);
    try {
      console.log(JSON.stringify(await placeCall(system, { ...target, json, from, token: user?.token }), null, 2));
    } finally {
      await user?.logOut();
    }
  },
});
