import { UserService } from '@reputable/contracts/user/v1/user';
import { serve } from './rpc.ts';
import { statement } from './statement.ts';

const byId = statement<{ id: string; displayName: string }>(
  'by id',
  'SELECT id, display_name AS "displayName" FROM profile WHERE id = ANY ($1)',
);

await serve(UserService.method.batchGetUsers, async ({ ids }) => ({ users: await byId(ids) }));
