/** The media types of bodies. */
export const json = "application/json"
export const yaml = "application/yaml"
export const protobuf = "application/vnd.kubernetes.protobuf"
