import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Makes a process answer with the memory that it needs: without garbage.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.on('message', (message) => {
  if (message.heap === undefined) return;
  // Once more: what the first collection finalizes is free only after the second one.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  process.send({ heap: heapUsed + external });
});
