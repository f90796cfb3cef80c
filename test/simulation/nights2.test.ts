import { nights } from "./nights.js"

nights(101, 100)
