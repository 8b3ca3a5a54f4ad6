/** What the admin API asks of the database beside its writes: lists and single things, without anything secret. */
import type { Database } from '../db/database.ts'
import { findBrand, findProduct, listBrands, listProducts } from './brands/brand-reads.ts'
import { findClocks } from './clocks/publish-clocks.ts'
import { crisesOfCommitment, findCrisis, listCrises } from './crises/crisis-reads.ts'
import { listKeys } from './keys/key-reads.ts'
import {
  eraseContact,
  findProgramme,
  listGrants,
  listHolders,
  listProgrammes,
  placeOfGrant,
} from './points/points-reads.ts'
import { eligibilityOf } from './points/freeze-eligibility.ts'
import {
  entryOfReward,
  listRedemptions,
  placeOfBallot,
  placeOfProposal,
  placeOfRedemption,
} from './points/spending-reads.ts'
import { consentCovers, disclosuresOf } from './redaction/redaction-reads.ts'

type Reads = {
  listBrands: typeof listBrands
  findBrand: typeof findBrand
  listProducts: typeof listProducts
  findProduct: typeof findProduct
  listCrises: typeof listCrises
  findCrisis: typeof findCrisis
  crisesOfCommitment: typeof crisesOfCommitment
  listKeys: typeof listKeys
  findProgramme: typeof findProgramme
  listProgrammes: typeof listProgrammes
  listHolders: typeof listHolders
  listGrants: typeof listGrants
  placeOfGrant: typeof placeOfGrant
  eraseContact: typeof eraseContact
  entryOfReward: typeof entryOfReward
  listRedemptions: typeof listRedemptions
  placeOfRedemption: typeof placeOfRedemption
  placeOfProposal: typeof placeOfProposal
  placeOfBallot: typeof placeOfBallot
  eligibilityOf: typeof eligibilityOf
  disclosuresOf: typeof disclosuresOf
  consentCovers: typeof consentCovers
  findClocks: typeof findClocks
}

type WithoutDatabase<F> = F extends (database: Database, ...rest: infer Rest) => infer Answer
  ? (...rest: Rest) => Answer
  : never

export type AdminQuestions = { [Name in keyof Reads]: WithoutDatabase<Reads[Name]> }

export const openAdminQuestions = (database: Database): AdminQuestions => ({
  listBrands: async (...question) => await listBrands(database, ...question),
  findBrand: async (...question) => await findBrand(database, ...question),
  listProducts: async (...question) => await listProducts(database, ...question),
  findProduct: async (...question) => await findProduct(database, ...question),
  listCrises: async (...question) => await listCrises(database, ...question),
  findCrisis: async (...question) => await findCrisis(database, ...question),
  crisesOfCommitment: async (...question) => await crisesOfCommitment(database, ...question),
  listKeys: async (...question) => await listKeys(database, ...question),
  findProgramme: async (...question) => await findProgramme(database, ...question),
  listProgrammes: async (...question) => await listProgrammes(database, ...question),
  listHolders: async (...question) => await listHolders(database, ...question),
  listGrants: async (...question) => await listGrants(database, ...question),
  placeOfGrant: async (...question) => await placeOfGrant(database, ...question),
  eraseContact: async (...question) => await eraseContact(database, ...question),
  entryOfReward: async (...question) => await entryOfReward(database, ...question),
  listRedemptions: async (...question) => await listRedemptions(database, ...question),
  placeOfRedemption: async (...question) => await placeOfRedemption(database, ...question),
  placeOfProposal: async (...question) => await placeOfProposal(database, ...question),
  placeOfBallot: async (...question) => await placeOfBallot(database, ...question),
  eligibilityOf: async (...question) => await eligibilityOf(database, ...question),
  disclosuresOf: async (...question) => await disclosuresOf(database, ...question),
  consentCovers: async (...question) => await consentCovers(database, ...question),
  findClocks: async (...question) => await findClocks(database, ...question),
})
