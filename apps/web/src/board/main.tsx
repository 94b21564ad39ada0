import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../style/tokens.css'
import '../style/base.css'
import '../style/board.css'
import { following } from './follow.ts'
import { look } from './look.ts'
import { BoardPage } from './page.tsx'

document.documentElement.lang = look.language
document.documentElement.dataset.theme = look.theme
following.start()
createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <BoardPage />
  </StrictMode>,
)
