export { check, generate, release } from './contract.ts';
export { readFiles } from './image.ts';
export { type Rpc, rpcsOf } from './rpc.ts';
