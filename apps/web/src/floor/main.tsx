import { lazy, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { FloorPage } from './page.tsx'
import { SpeakingProvider } from './speaking.tsx'
import '../style/tokens.css'
import '../style/base.css'
import '../style/floor.css'
import '../style/floor-answer.css'

/** The library that draws codes comes with the sheet alone. */
const SheetPage = lazy(async () => ({ default: (await import('./sheet.tsx')).SheetPage }))

createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <SpeakingProvider>
      <Suspense>{location.pathname === '/floor/codes' ? <SheetPage /> : <FloorPage />}</Suspense>
    </SpeakingProvider>
  </StrictMode>,
)
