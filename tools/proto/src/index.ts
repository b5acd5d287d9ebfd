export { check, generate, release } from './contract.ts';
export { ContractProblem } from './buf.ts';
export { readFiles } from './image.ts';
export { type Rpc, rpcsOf } from './rpc.ts';
