import { UserService } from '@reputable/contracts/user/v1/user';
import { connect } from '../floor/rpc.ts';

/** Calls the bare service's rpc for some seconds. */
export async function callBare(address: string, { connections, seconds }: { readonly connections: number; readonly seconds: number }) {
  const getUser = connect(UserService.method.getUser, address);
  const end = performance.now() + seconds * 1_000;
  const worker = async () => {
    while (performance.now() < end) await getUser({ id: '' });
  };
  await Promise.all(Array.from({ length: connections }, worker));
}
