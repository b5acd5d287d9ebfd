export { Narrator } from './narrator.ts';
export type { Stage } from './stage.ts';
export { story } from './story.ts';
