import { runService } from '@reputable/service';

await runService('comment', () => import('./app.module.ts'));
