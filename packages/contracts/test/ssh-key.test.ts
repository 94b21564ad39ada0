import t from 'tap'
import { SshPublicKey } from '../src/index.ts'

const ed25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK9HRBXFQpdNk9syvjRYeAxhOFEOjB1z664j8zxHpGZA me@here'
const ecdsa256 =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFZFEMmLoj9vTonJhKMZM6MOc/SH02E5cZxcf6Q3WMW8cG7VTP2H0996030dIPfx17dHFoG7wNmfhUJgs45j3yA= u@h'
const ecdsa384 =
  'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBGu4UNFqWtP6Dy26X/1kGDbaLOttTbLukB0sFSqhyLdcU3lVcRj9xVj6PM6vW4cHF7iGdE5GWfLv9bQdvtNTr6IovnfeJlhwsZfOScdC0IFZibGL+4At8cmUROWyr6hUIw== u@h'
const ecdsa521 =
  'ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAGe0YsHpIdO0zwIxOQ02Qc3YCNAgDD8ymqYbE1k3BRJoJkfCJY8T2XAf4/9tljn885q7cIz3dpBvhFIq5zCgB31GwBeJI0s71VDq4BevEDvHT2fUtcZb9Aj5w9rhjvD33LTOPJHBtqXwLvLtI/4IZYW5OH92HjcEpjqA+mMA/9cKteeJg== u@h'
const rsa3072 =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC1+U1qUjmSA132NgQ7AdUTl2r6KkyVf77gtsS4ERrQXptWWh81Jv6+bvYpLvbwrEck4jtn9ddr88R563YA4Y2xDSEQrOy6J21QkZ2eiEsERxKLmrEZhqPBRKgqeo1OQkdXeOGGGGbde55NRV2k9GtZBFxmtrJZvre8GyKdOxg67wAdUMn3SKLLfm48SobFc2h2EBQNCxofLGGyPuLavbuy5K0ulp5K9NoEa6ePeUmLklPwgUcqkYixfgNqMGhmtcnQDih9x7pW2V0/ZmWbHf6FmA2OcDnnJq7Gj/ezS9L7JC+mf+rSAP44H2YVLI3fSgAXBL957h6rzwbignZgltssT/CeOmaqYyEJ0q6YYhEBejdQC+hS/65g7pJTFGR6ttLpJgeTrOvOXlSOu6r7BBShrCFLASdPkjh0jA9VK+7/1Yp0HdiCsAj2f4jaCNE1IGzxB5usQFYOZ/7BhitSuxvuoHvNHSobdCwTkSFHXmWLnwj997N4ZqRBGp7zbM09DbE= u@h'
const rsa2048 =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC9nIozrCxPUlQ5Fwg56Z9oUAEDs7Sj2PuENVwdQ6J62uX1gGN55zpLt04cC0icEu1gvA1DHmGNu/8rKpNc6B//qcce8sHhjCC+M/dYKlCGNLtDb7eQXRkbhxYilZ3tfjevdjic9IKMdnOkdvga6baRRUN0i1cToKlV8BzRL1h9Fn/rKg2z7IjCCAReRPsoLfKwiRkvMOiquTCZXv/93iv1//WqmMyRcQdDJijT/uZI/KPbufbUyyoAXTlw4VVSCC/DFsq4zE2U8TWNiEtIv5zK1ODI3M9zBw/RlxMo29blPrn7J39ad64NDAaXRfidBfp3ptyNYbtY7qR6RJJlwZzR u@h'
const dsa =
  'ssh-dss AAAAB3NzaC1kc3MAAACBANyflpjZ4R4QIlWM+21ibnghybB4cVnM6QAacH8eIqfQ/RwOdBcH+EMwgV3LgTtXzsND4csCy+/lL/Pn76TirT24od3t0l+1h9c458h+JKGbEmUEkp8nCVyoMxD3J5nPHyk8YWp8fkIIeqNeYtBhv+6a4EUrMhbkoErPs4fuf3ERAAAAFQDe26eFeOtpGVeqzlfOI1F+vSOR/wAAAIEA1TXvAM3PV5FKoRc6inFjkAFNkS7YLyV1I/zUl6J2dOfCZjmurbA8Xndd25EdJ3efju4jnqxnHITje/N2qMr6FnM38CUXy5NFbnsH1egQjSk3QA9eM/mjj6F+Bqc0jXxWKK5haWHhIB79s6yRLrP0SHnx9y6YwZ4Y3fMU9BcI0cwAAACBANBHWFqoyzBs6Fn72Bvr77lS9f6VXU0OBKhTxt7GXsBGWqlma3I92LDEvv19bwbZNjAyX7JRDGmPEZnLvWTSs7he/JYKMytJcehx5BztM2i2c51ev2XPtrYOZWfe/3RqO3PI2V683coSEZJIiGMZFX0lLlfrViETYfGiHJ27hQPL u@h'

const fault = (line: string) => SshPublicKey.safeParse(line).error?.issues[0]?.message ?? null

await t.test('keys that ssh-keygen makes today are taken as they are', async (t) => {
  for (const key of [ed25519, ecdsa256, ecdsa384, ecdsa521, rsa3072]) t.equal(SshPublicKey.parse(key), key)
  t.equal(SshPublicKey.parse(`  ${ed25519.replace(' me@here', '\t')}\n`), ed25519.replace(' me@here', ''), 'tidied')
})

await t.test('what a unit could not be reached with is refused, with the reason', async (t) => {
  t.match(fault(rsa2048), /RSA key of 2048 bits; RSA keys need 3072/)
  t.match(fault(dsa), /is a DSA key/)
  t.match(fault(ed25519.slice(0, 60)), /damaged/, 'cut off')
  t.match(fault(ed25519.replace('ssh-ed25519', 'ecdsa-sha2-nistp256')), /says ecdsa-sha2-nistp256, but/)
  t.match(fault(`ssh-ed25519 ${rsa3072.split(' ')[1]}`), /says ssh-ed25519, but/)
  t.match(fault(`${ed25519}\n${rsa3072}`), /more than one line/)
  t.match(fault('-----BEGIN OPENSSH PRIVATE KEY-----'), /not an OpenSSH public key/)
  t.match(fault('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0= me'), /damaged/)
  t.match(fault(''), /not an OpenSSH public key/)
})
