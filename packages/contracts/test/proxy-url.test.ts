import t from 'tap'
import { SitePatch, withHiddenPassword } from '../src/index.ts'

await t.test('a password is hidden, the rest stays as it was written', async (t) => {
  for (const [url, shown] of [
    ['http://user:s3cret@proxy:3128', 'http://user:***@proxy:3128'],
    ['http://user:s3cret@proxy:3128/', 'http://user:***@proxy:3128/'],
    ['http://:s3cret@proxy', 'http://:***@proxy'],
    ['https://a%40b:p%40ss:w@proxy.example/x?y#z', 'https://a%40b:***@proxy.example/x?y#z'],
    ['http://user@proxy', 'http://user@proxy'],
    ['http://proxy:3128', 'http://proxy:3128'],
    ['http://user:@proxy', 'http://user:@proxy'],
  ] as const)
    t.equal(withHiddenPassword(url), shown)
})

await t.test('what is shown hidden is never taken for the password', async (t) => {
  const of = (httpProxy: string) => SitePatch.safeParse({ httpProxy })
  t.match(of(withHiddenPassword('http://user:s3cret@proxy')), { success: false })
  t.match(of('http://user:%2A%2A%2A@proxy'), { success: true }, 'a password that is really so can be written')
  t.match(of('http://user:s3cret@proxy'), { success: true })
})

await t.test('a proxy is an address that can stand in quotation marks', async (t) => {
  for (const httpProxy of [
    'proxy:3128',
    'ftp://proxy',
    'http:proxy',
    'http://pro xy',
    'http://u:"@proxy',
    'http://u:\\@proxy',
  ])
    t.match(SitePatch.safeParse({ httpProxy }), { success: false }, httpProxy)
  t.match(SitePatch.safeParse({ httpProxy: 'HTTP://Proxy:3128' }), { success: true })
})
