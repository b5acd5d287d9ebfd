/** Has a service run on another contract: what is generated from it is taken from CONTRACT instead of from libs/contracts. */
import module from 'node:module';
import { pathToFileURL } from 'node:url';

const own = new URL('../../libs/contracts/src/gen/', import.meta.url).href;
const other = `${pathToFileURL(process.env.CONTRACT)}/`;

module.registerHooks({
  resolve(specifier, { parentURL, ...context }, next) {
    const found = next(specifier, { ...context, parentURL: parentURL?.replace(other, own) });
    return { ...found, url: found.url.replace(own, other) };
  },
});
