import { AppError } from '../../server/errors.ts'

/** Whether a value is the error with this code. */
export const isAppError = (value: unknown, code: string): value is AppError =>
  value instanceof AppError && value.code === code
