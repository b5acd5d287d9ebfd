import { runService } from '@reputable/service';
import { Config } from './config.ts';

await runService('comment', Config, () => import('./app.module.ts'));
