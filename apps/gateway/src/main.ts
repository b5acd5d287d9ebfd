import { runService } from '@reputable/service';

await runService('gateway', () => import('./app.module.ts'));
