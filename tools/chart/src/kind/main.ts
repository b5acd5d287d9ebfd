import { newSecrets } from './secrets.ts';

// For kubectl apply, in deploy/try-kind.sh.
console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: newSecrets() }));
