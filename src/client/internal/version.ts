/** The version of this package, for the User-Agent. `scripts/exports.ts` keeps it equal to package.json's. */
export const version = "0.1.0"
