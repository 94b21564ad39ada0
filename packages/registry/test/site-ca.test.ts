import t from 'tap'
import { ensureSiteCa, getSite, replaceSiteCa, siteCa, siteCaCertificate } from '../src/index.ts'
import { startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)
/** what a server reads of it must be a real certificate; made with openssl for this test, without its key */
const PEM = `-----BEGIN CERTIFICATE-----
MIIDATCCAemgAwIBAgIUdx2N70M0bTCW6HFrt8F+sg4lfg0wDQYJKoZIhvcNAQEL
BQAwDzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjAxNjUyNTdaGA8yMTI2MTAyNzE2
NTI1N1owDzENMAsGA1UEAwwEdGVzdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC
AQoCggEBALbR9tFEKF7Z8wEuhT2d0p2tuQUPNSRYOO8E95fwVRP3YiRm1r8KIJjP
8r41q6rv6Fok9acpRufCVJq4uLMV9JEg/+z6S7zgZJVzykYlMppDJViHaYTxwn/+
s8/h6KZ6NP1fWKE0Y5mQuVKQXN/fDIZOo2+UbtHAVQAs6hrnUJ2lNGEkwgKhzLkG
YUKddjaiR5hQ2rqSGqwrVNLoxgSSVXpc7CPRo+bmusOzXk//vjIWePM5QW5HKukE
pNvFYkgM1Bt8bmJsOjmDRcPDzFE5VCIOHThTzvWcbz0teOjc/P7nxVHZC0Fm6DVl
VUEGpRFBX8RRQXbz1GUYpBlKUTWx6EECAwEAAaNTMFEwHQYDVR0OBBYEFBqCi9rM
jxh2C74jAz0G+9oIaQmTMB8GA1UdIwQYMBaAFBqCi9rMjxh2C74jAz0G+9oIaQmT
MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAH/xlxGA/rDqm895
hxFD3NCYJKlAtFJaMC4Aq4wL5d77QW06/+bdFvZ9tGZlkk/u0Uix+iowdtxbKDKM
V68ylyEfW26EeSb9ptBVsMHO96b1JEMXP42lrZZ21tsNj+14SyrDY6fw6wOTJqBG
piPGgS40SkccGotSEc1UnRRHAuJVKfJQlAxRHws8GGe2/satgmwt9nIq7p0EZNPX
XVZKkUVOlQgvA7R38C5QCZ+HgQa2UOVQfz43w/fxVhDl/FQUusq5gckiZA6z9Mi7
kYHBm/QQUmiBNP9WUTloGrl3b76+564ZTYdzF2pwpAOQwlYZt7pqoCPM/O1xvNbT
J8hBius=
-----END CERTIFICATE-----
`
const FINGERPRINT = 'C7:B6:0C:BF:D6:62:D6:64:81:32:DE:F3:2C:1A:AA:15:6B:17:F9:B0:30:7B:67:F4:1E:21:C1:E5:B7:46:DB:02'

await t.test('of several servers that start at once one makes the CA, and all get it', async (t) => {
  const { db } = await fresh(t)
  t.equal(await siteCa(db), null)
  t.equal(await siteCaCertificate(db), null)
  t.equal((await getSite(db)).caFingerprint, null)
  let made = 0
  const make = async () => ({ certificate: PEM, key: `key ${++made}` })
  const all = await Promise.all(Array.from({ length: 6 }, () => ensureSiteCa(db, make)))
  t.equal(new Set(all.map(({ key }) => key)).size, 1)
  t.strictSame(await siteCa(db), all[0])
  const before = made
  t.strictSame(await ensureSiteCa(db, make), all[0], 'a later start makes none')
  t.equal(made, before)
})

await t.test('its key is in no reply, its fingerprint is', async (t) => {
  const { db } = await fresh(t)
  await ensureSiteCa(db, async () => ({ certificate: PEM, key: 'the key' }))
  const site = await getSite(db)
  t.equal(site.caFingerprint, FINGERPRINT)
  t.notMatch(JSON.stringify(site), /the key|BEGIN/)
})

await t.test('a given CA takes its place, also one whose key is kept elsewhere', async (t) => {
  const { db } = await fresh(t)
  t.equal(await replaceSiteCa(db, { certificate: PEM, key: null }), null, 'there was none')
  t.strictSame(await siteCa(db), { certificate: PEM, key: null })
  t.equal(await replaceSiteCa(db, { certificate: PEM, key: 'k' }), null, 'the same one')
  t.equal(await replaceSiteCa(db, { certificate: 'another', key: 'k' }), PEM)
})
