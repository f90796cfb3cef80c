/** Whether two objects, or parts of them, have the same content. */
export { equal as sameContent } from "../../protocol/internal/json.js"
