/** Where credentials may go. */

/**
 * Whether what is sent to a URL stays secret: https, and plain http to this machine. The URL is read as the connection
 * reads it, so `http://127.1` is this machine and `http://localhost@example.com` is not. `localhost.` is a name that DNS
 * may answer, and not this machine.
 */
export const isSecure = (server: string): boolean => {
  if (!URL.canParse(server)) return false
  const { hostname, protocol } = new URL(server)
  return protocol === "https:" ||
    (protocol === "http:" &&
      (hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname)))
}
