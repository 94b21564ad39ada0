// A reader that has enough (`| head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
// A shell waits for completion at every press of the key: of the verbs it loads what is written down of them, and no more.
if (process.argv[2] === '__complete') {
  const { complete } = await import('./completion/complete.ts')
  await complete(process.argv.slice(3), process.env)
} else {
  const { main } = await import('./run.ts')
  process.exitCode = await main(process.argv.slice(2), process.env)
}
