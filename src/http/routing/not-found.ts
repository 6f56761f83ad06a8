import { AppError } from '../../errors.ts';

export function notFound(): never {
  throw new AppError('NOT_FOUND', 'No such resource.', {
    help: { suggestion: 'See /docs for the routes of this service.' },
  });
}
