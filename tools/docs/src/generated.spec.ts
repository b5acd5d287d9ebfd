import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { configurationPage, undocumented } from './configuration-page.ts';
import { modulesPicture } from './modules-picture.ts';

const repository = resolve(import.meta.dirname, '../../..');
const setting = (name: string, more = {}) => ({ name, what: 'What it is.', required: false, preset: undefined, ...more });

describe('what is generated', () => {
  it('is current', async () => {
    const program = ['--import', '@reputable/run', join(import.meta.dirname, 'main.ts'), 'check'];
    const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: repository });
    expect(stdout).toContain('The documentation is current');
  });
});

describe('the page of settings', () => {
  const host = setting('HOST', { preset: '127.0.0.1' });
  const apps = new Map([
    ['post', [host, setting('URL', { required: true }), setting('PORT', { preset: '1' })]],
    ['user', [host, setting('PORT', { preset: '2', what: 'This | that.' })]],
  ]);
  const page = configurationPage(apps, [setting('NO_COLOR', { preset: '' })]);

  it('says once what all share, and of each app what is its own', () => {
    expect([...page.matchAll(/^(?:## .*|\| `.*)$/gm)].map(([line]) => line)).toEqual([
      '## Every service',
      '| `HOST` | What it is. | `127.0.0.1` |',
      '## post',
      '| `URL` | What it is. | required |',
      '| `PORT` | What it is. | `1` |',
      '## user',
      '| `PORT` | This \\| that. | `2` |',
      '## npm start',
      '| `NO_COLOR` | What it is. | none |',
    ]);
  });

  it('names what nobody has described', () => {
    expect(undocumented(new Map([['post', [host, setting('X', { what: '' })]]]))).toEqual([
      'apps/post/src/config.ts: X has no docstring. Describe the setting in a sentence.',
    ]);
  });
});

describe('the picture of the modules', () => {
  const modules = [
    { folder: 'apps/post', imports: ['libs/auth', 'libs/errors'] },
    { folder: 'libs/auth', imports: ['libs/errors', 'tools/pki'] },
    { folder: 'libs/errors', imports: [] },
    { folder: 'tools/pki', imports: ['libs/errors'] },
  ];

  it('has the apps and libraries, without the arrows that a longer path replaces', () => {
    expect(modulesPicture(modules)).toBe(`flowchart TD
  subgraph apps
    apps_post["apps/post"]
  end
  subgraph libs
    libs_auth["libs/auth"]
    libs_errors["libs/errors"]
  end
  apps_post --> libs_auth
  libs_auth --> libs_errors
`);
  });
});
