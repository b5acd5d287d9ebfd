import { runService } from '@reputable/service';

await runService('user', () => import('./app.module.ts'));
