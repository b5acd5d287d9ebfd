import { describe, expect, it } from '@jest/globals';
import { SERVICES } from '@reputable/contracts/registry';
import { bakeFile } from './bake-file.ts';
import { readCallers } from './callers.ts';
import { chartFile } from './chart-file.ts';
import { composeFile } from './compose-file.ts';
import { envExample, withoutExample } from './env-example.ts';
import { withRegion } from './region.ts';

const setting = (name: string, more = {}) => ({ name, what: `About ${name}.`, required: false, preset: undefined, ...more });

describe('a generated region', () => {
  it('is the lines between its two comments', () => {
    expect(withRegion('a.yml', '# generated: ports\nold\n  # end of ports\n', 'ports', ['1', '2'])).toBe(
      '# generated: ports\n1\n2\n  # end of ports\n',
    );
    expect(withRegion('a.md', '<!-- generated: ports -->\n<!-- end of ports -->', 'ports', ['1'])).toBe(
      '<!-- generated: ports -->\n1\n<!-- end of ports -->',
    );
  });

  it('that a file lacks is refused in a line', () => {
    expect(() => composeFile('# generated: folders\n')).toThrow(
      new Error('docker-compose.yml lacks the comments "generated: folders" and "end of folders".'),
    );
  });
});

describe('docker-bake.hcl', () => {
  it('has an image of each service of the registry', () => {
    const targets = bakeFile('# generated: services\n"forgotten",\n# end of services\n').matchAll(/"(\w+)"/g);
    expect([...targets].map(([, name]) => name)).toEqual(SERVICES);
  });
});

describe('.env.example', () => {
  it('has the addresses of the registry, and a comment that is shared once', () => {
    const apps = new Map([
      ['user', [setting('HOST', { preset: '127.0.0.1' }), setting('AUTH_URL', { required: true })]],
      ['post', [setting('HOST', { preset: '127.0.0.1' }), setting('DATABASE_URL', { required: true })]],
    ]);
    const text = envExample(apps, [setting('NO_COLOR', { preset: '' })]);
    expect(text).toContain('# == npm start ==\n\n# About NO_COLOR.\n#NO_COLOR=\n');
    expect(text).toContain('# == user ==\n\n# About HOST.\n#HOST=127.0.0.1\n# About AUTH_URL.\nAUTH_URL=dns:///auth:50051\n');
    expect(text).toContain(
      '# == post ==\n\n#HOST=127.0.0.1\n# About DATABASE_URL.\nDATABASE_URL=postgres://post:secret@localhost:5432/post\n',
    );
  });

  it('needs an example of each setting that is required', () => {
    expect(withoutExample(new Map([['post', [setting('SALT', { required: true }), setting('HOST')]]]))).toEqual([
      'apps/post/src/config.ts: SALT has no example for .env.example. Add one in tools/docs/src/registry/env-example.ts.',
    ]);
  });
});

describe('the facts for the Helm chart', () => {
  it('are the ports and peers of the registry, and the callers of the contract in the order of the registry', () => {
    expect(chartFile(new Map([['user', ['comment', 'gateway']]]))).toContain(
      '  user:\n    grpc: 50052\n    database: true\n    connectsTo: [auth]\n    callers: [gateway, comment]\n    secrets: []\n',
    );
  });

  it('read the callers of all services from the generated code', async () => {
    const callers = await readCallers();
    expect(callers.get('comment')).toEqual(expect.arrayContaining(['gateway', 'post', 'auth']));
    expect(callers.get('gateway')).toBeUndefined();
  });
});
