import { Client, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { channelCredentials } from '@reputable/auth';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { type TestService, TestWorld } from '@reputable/testing';

const INFO = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
/** A ServerReflectionRequest: `list_services: "*"`, and `file_containing_symbol` with this text. */
const LIST = Buffer.from([0x3a, 1, 0x2a]);
const symbol = (name: string) => Buffer.concat([Buffer.from([0x22, name.length]), Buffer.from(name)]);

let world: TestWorld;
let post: TestService;

beforeAll(async () => {
  world = await TestWorld.create();
  post = await world.start('post', { NODE_ENV: 'development' });
});
afterAll(() => world.end());

/** The text of the first response, or the status of the refusal. */
async function ask(request: Buffer, service = 'gateway', { ports } = post): Promise<string | number> {
  const certificate = await world.certificate(service);
  const client = new Client(`localhost:${String(ports.grpc)}`, channelCredentials(certificate, 'post', TRUST_DOMAIN));
  const same = (bytes: Buffer) => bytes;
  const call = client.makeBidiStreamRequest<Buffer, Buffer>(INFO, same, same, { deadline: Date.now() + 10_000 });
  try {
    return await new Promise((resolve) => {
      call.once('data', (response: Buffer) => resolve(response.toString('latin1')));
      call.once('error', ({ code }: ServiceError) => resolve(code));
      call.write(request);
    });
  } finally {
    call.cancel();
    call.on('error', () => undefined);
    client.close();
  }
}

describe('reflection', () => {
  it('lists the services, and has their files with all that they import', async () => {
    expect(await ask(LIST)).toContain('reputable.post.v1.PostService');
    const files = await ask(symbol('reputable.post.v1.PostService'));
    expect(files).toContain('DownvotePostRequest');
    expect(files).toContain('google/protobuf/field_mask.proto');
    expect(files).toContain('reputable/user/v1/user.proto');
  });

  it('is for services alone', async () => {
    expect(await ask(LIST, 'stranger')).toBe(status.PERMISSION_DENIED);
  });

  it('does not exist in production', async () => {
    expect(await ask(LIST, 'gateway', await world.start('post'))).toBe(status.UNIMPLEMENTED);
  });
});
