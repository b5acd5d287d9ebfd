import { runService } from '@reputable/service';

await runService('auth', () => import('./app.module.ts'));
