import './no-code-from-text.ts'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { readings } from './server/client.ts'
import { Shell } from './shell.tsx'
import { SpeakingProvider } from './shown/language.tsx'
import './style/tokens.css'
import './style/base.css'
import './style/parts.css'
import './style/shell.css'
import './style/overview.css'

createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <QueryClientProvider client={readings}>
      <SpeakingProvider>
        <Shell />
      </SpeakingProvider>
    </QueryClientProvider>
  </StrictMode>,
)
