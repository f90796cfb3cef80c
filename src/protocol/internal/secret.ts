/** Which kinds hold what no message may show. */

/** A message says nothing of the values of these: secrets, and tokens under review. */
export const isSecret = ({ group, kind }: { readonly group: string; readonly kind: string }): boolean =>
  group === "authentication.k8s.io" || (group === "" && kind === "Secret")
