/** The names of images, as far as the server reads them: which tag is meant decides when an image is pulled. */

const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
const domainPart = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
const domain = `(?:${domainPart}(?:\\.${domainPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const reference = new RegExp(
  `^(?:${domain}/)?${component}(?:/${component})*(?::(\\w[\\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`
)

/** The tag that an image's name means: `latest` where it says neither tag nor digest; nothing where it is no such name. */
const tagOf = (image: string): string => {
  if (/^[a-f0-9]{64}$/.test(image)) return ""
  const [found, tag, digest] = reference.exec(image) ?? []
  return found === undefined ? "" : tag ?? (digest === undefined ? "latest" : "")
}

export const pullPolicyOf = (image: string): string => tagOf(image) === "latest" ? "Always" : "IfNotPresent"
