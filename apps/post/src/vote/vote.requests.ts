import { field } from '@reputable/request';
import { z } from 'zod';

export const UpvotePost = z.object({ id: field.id() });
export const DownvotePost = z.object({ id: field.id() });
export const RetractVote = z.object({ id: field.id() });
export const ListOwnVotes = z.object({ pageSize: field.pageSize(), pageToken: field.pageToken() });
