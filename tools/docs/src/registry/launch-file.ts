import { SERVICES } from '@reputable/contracts/registry';

/** VS Code's launch.json with all services to choose from. */
export const launchFile = (text: string): string =>
  text.replace(/"options": \["gateway"[^\]]*\]/, `"options": [${SERVICES.map((name) => `"${name}"`).join(', ')}]`);
