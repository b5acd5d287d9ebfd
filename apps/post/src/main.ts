import { runService } from '@reputable/service';

await runService('post', () => import('./app.module.ts'));
