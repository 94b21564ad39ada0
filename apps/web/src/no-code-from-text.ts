import { z } from 'zod'

// The Content-Security-Policy allows no code that is made of text, which zod would make its parsers of. Imported first:
// schemas look at it when they are made.
z.config({ jitless: true })
