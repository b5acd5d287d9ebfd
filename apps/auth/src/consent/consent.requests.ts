import { field } from '@reputable/request';
import { z } from 'zod';

export const ListAllowedApplications = z.object({ pageSize: field.pageSize(), pageToken: field.pageToken() });
export const DisallowApplication = z.object({ id: field.id() });
