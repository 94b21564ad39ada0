import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SiteParameters } from '@eims/contracts'
import t from 'tap'
import { siteCpio } from '../src/boot/site-cpio.ts'
import { siteParameters } from '../src/engine/site-parameters.ts'

await t.test('cpio unpacks the parameters to /eims/site.json, for root alone', async (t) => {
  const site = siteParameters(
    {
      mirrors: ['http://mirror.example/eims'],
      httpProxy: 'http://user:s3cret@proxy.example:3128',
      noProxy: null,
      ntpServers: ['192.168.77.2'],
    },
    {
      token: 'a-token-of-this-boot',
      base: 'http://192.168.77.1:7480',
      siteCa: null,
      bootMac: '52:54:00:aa:00:01',
      now: Date.UTC(2026, 10, 20),
    },
  )
  const dir = t.testdir()
  execFileSync('cpio', ['-i', '-d', '--quiet'], { cwd: dir, input: siteCpio(site) })
  const path = join(dir, 'eims/site.json')
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.strictSame(SiteParameters.parse(JSON.parse(readFileSync(path, 'utf8'))), {
    version: 1,
    servers: ['http://192.168.77.1:7480'],
    mirrors: ['http://mirror.example/eims'],
    siteCa: null,
    httpProxy: 'http://proxy.example:3128',
    noProxy: null,
    ntpServers: ['192.168.77.2'],
    bootToken: 'a-token-of-this-boot',
    bootMac: '52:54:00:aa:00:01',
    serverTime: '2026-11-20T00:00:00.000Z',
    debug: false,
  })
})
