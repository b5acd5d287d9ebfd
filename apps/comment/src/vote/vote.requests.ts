import { field } from '@reputable/request';
import { z } from 'zod';

export const UpvoteComment = z.object({ id: field.id() });
export const RetractCommentVote = z.object({ id: field.id() });
export const ListOwnCommentVotes = z.object({ pageSize: field.pageSize(), pageToken: field.pageToken() });
