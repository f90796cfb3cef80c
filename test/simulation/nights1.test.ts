import { nights } from "./nights.js"

// Two files, for two workers.
nights(1, 100)
