/** A rack whose last machine is ready. */
export const Mark = () => (
  <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="7" />
    <path d="M8 9h16M8 16h16M8 23h9" />
    <circle cx="23" cy="23" r="2.4" />
  </svg>
)
