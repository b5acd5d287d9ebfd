import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { DomainError } from '@reputable/errors';
import { answerProblem } from '../refusal/problem.ts';

/** Answers DomainErrors of the guard, and of your handlers, with problem details (RFC 9457) and a challenge (RFC 6750). */
@Catch(DomainError)
export class ProblemFilter implements ExceptionFilter<DomainError> {
  catch(error: DomainError, host: ArgumentsHost): void {
    answerProblem(error, host);
  }
}
