/**
 * Who may do what. A key belongs to the operator or to one brand; a route names the roles that may use it and whose
 * thing it touches. Asked before the body is read. A key of a brand is told the same about a thing of another brand and
 * about a thing that does not exist, so that nobody learns what others have on record.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../errors.ts'
import type { Directory, Owner } from '../../services/directory.ts'
import type { Admin, Role } from '../../services/keys/admin-key.ts'
import type { KeyRing } from '../../services/keys/key-ring.ts'
import { isDryRun } from './dry-run.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is asking; set before any handler of the admin API runs. */
    admin: Admin
  }
  interface FastifyContextConfig {
    access?: Access
  }
}

export type Access = {
  readonly roles: readonly Role[]
  /** Whose the thing in the address is; absent when the address names nothing that is a brand's. */
  readonly ownerOf?: (request: FastifyRequest, directory: Directory) => Owner | Promise<Owner>
}

export const READERS: readonly Role[] = ['operator', 'staff', 'reviewer', 'auditor']
export const WRITERS: readonly Role[] = ['operator', 'staff']
export const OPERATORS: readonly Role[] = ['operator']

/** Puts the check before every route of this scope. */
export function registerAccess(app: FastifyInstance, keys: KeyRing, directory: Directory): void {
  // Filled in before anything reads it; the shape of the request object stays the same for all requests.
  app.decorateRequest('admin', null as unknown as Admin)
  app.addHook('onRequest', (request, _reply, done) => {
    const { access } = request.routeOptions.config
    // Addresses that do not exist, and the documentation.
    if (access === undefined) return done()
    const admit = (admin: Admin): void | Promise<void> => {
      request.admin = admin
      mustHaveRole(admin, access, request)
      if (admin.brand === null || access.ownerOf === undefined) return
      const owner = access.ownerOf(request, directory)
      if (owner instanceof Promise) return owner.then((brand) => mustBeOwnBrand(admin, brand))
      mustBeOwnBrand(admin, owner)
    }
    // No promise is made for the request that finds everything at hand: this is the measured path.
    try {
      const admin = keys.authenticate(request.headers.authorization)
      const admitted = admin instanceof Promise ? admin.then(admit) : admit(admin)
      if (!(admitted instanceof Promise)) return done()
      admitted.then(
        () => done(),
        (error: Error) => done(error),
      )
    } catch (error) {
      done(error as Error)
    }
  })
}

function mustHaveRole(admin: Admin, { roles }: Access, request: FastifyRequest): void {
  // Who is to approve a request must be able to see what it would do.
  if (admin.role === 'reviewer' && roles.includes('staff') && isDryRun(request)) return
  if (!roles.includes(admin.role)) {
    throw new AppError('forbidden', `This needs a key with the role ${roles.join(' or ')}.`)
  }
}

/**
 * Makes sure that a key may touch what belongs to a brand.
 *
 * @param owner undefined when there is no such thing
 * @throws AppError forbidden
 */
export function mustBeOwnBrand(admin: Admin, owner: Owner): void {
  if (admin.brand !== null && admin.brand !== owner) {
    throw new AppError('forbidden', 'This key may not touch this, or there is no such thing.')
  }
}
