/** One approved name of an SSH algorithm, as KEXINIT spells it (RFC 4250, section 4.6). From the day `until` on it is not approved. */
export type ApprovedName = { name: string; reason: string; source: string; until?: string }
export type SshField = 'kex' | 'hostkey' | 'cipher' | 'mac'

/** Least bits of what KEXINIT does not show. */
export type SshSizeLimits = { rsaBits: number; groupBits: number; reason: string; source: string }

/** 112 bits of strength. */
export const fipsSshSizes: SshSizeLimits = {
  rsaBits: 2048,
  groupBits: 2048,
  reason: '112 bits of strength need an RSA modulus and a MODP group of 2048 bits',
  source: 'FIPS 186-5, section 5.1; SP 800-56A Rev. 3, appendix D; SP 800-131A Rev. 2',
}

/** As CNSA Suite 1.0 has it. Of RSA it takes 3072 and 4096 bits and nothing else; what is larger is not held against a server here. */
export const cnsaSshSizes: SshSizeLimits = {
  rsaBits: 3072,
  groupBits: 3072,
  reason: 'CNSA 1.0 asks for an RSA modulus of 3072 or 4096 bits, and names MODP groups of 3072 and 4096 bits',
  source: 'RFC 9212, sections 5 and 7.1',
}

const names = (list: string, reason: string, source: string, until?: string): ApprovedName[] =>
  list
    .trim()
    .split(/\s+/)
    .map((name) => ({ name, reason, source, ...(until !== undefined && { until }) }))

const dh = 'SP 800-56A Rev. 3, appendix D; RFC 8268'
const sha1Hmac = 'HMAC with SHA-1 until the end of 2030'

/** What an SSH server in FIPS mode may offer: approved algorithms, whether or not a vendor turns them on. EdDSA hangs on the module and is not among them. */
export const fipsSsh: Readonly<Record<SshField, readonly ApprovedName[]>> = {
  kex: [
    ...names('ecdh-sha2-nistp256 ecdh-sha2-nistp384 ecdh-sha2-nistp521', 'ECDH on NIST curves', 'SP 800-56A Rev. 3; RFC 5656'),
    ...names(
      'diffie-hellman-group14-sha256 diffie-hellman-group15-sha512 diffie-hellman-group16-sha512 diffie-hellman-group17-sha512 diffie-hellman-group18-sha512',
      'MODP groups of at least 2048 bits with SHA-2',
      dh,
    ),
    ...names(
      'diffie-hellman-group-exchange-sha256',
      'MODP group chosen by the server, with SHA-2; its size is not in KEXINIT',
      'RFC 4419; RFC 8270',
    ),
    ...names(
      'mlkem768nistp256-sha256 mlkem1024nistp384-sha384',
      'hybrid whose secret has an approved part of each kind',
      'SP 800-56C Rev. 2, section 2; FIPS 203; FIPS policy of RHEL and Fedora, 2026-02',
    ),
  ],
  cipher: [
    ...names('aes128-gcm@openssh.com aes256-gcm@openssh.com AEAD_AES_128_GCM AEAD_AES_256_GCM', 'AES-GCM', 'SP 800-38D; RFC 5647'),
    ...names('aes128-ctr aes192-ctr aes256-ctr', 'AES-CTR', 'SP 800-38A; RFC 4344'),
    ...names('aes128-cbc aes192-cbc aes256-cbc', 'AES-CBC', 'SP 800-38A; RFC 4253'),
  ],
  mac: [
    ...names(
      'hmac-sha2-256 hmac-sha2-512 hmac-sha2-256-etm@openssh.com hmac-sha2-512-etm@openssh.com hmac-sha2-256-96 hmac-sha2-512-96',
      'HMAC with SHA-2',
      'FIPS 198-1; RFC 6668',
    ),
    ...names('hmac-sha1 hmac-sha1-etm@openssh.com', sha1Hmac, 'SP 800-131A Rev. 2, section 10; draft Rev. 3', '2031-01-01'),
    // GCM authenticates by itself; some servers list its name here as well (RFC 5647, section 5.1).
    ...names('AEAD_AES_128_GCM AEAD_AES_256_GCM', 'AES-GCM', 'SP 800-38D; RFC 5647'),
  ],
  hostkey: [
    ...names(
      'ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 ecdsa-sha2-nistp256-cert-v01@openssh.com ecdsa-sha2-nistp384-cert-v01@openssh.com ecdsa-sha2-nistp521-cert-v01@openssh.com',
      'ECDSA with SHA-2',
      'FIPS 186-5, section 6; RFC 5656',
    ),
    ...names(
      'rsa-sha2-256 rsa-sha2-512 rsa-sha2-256-cert-v01@openssh.com rsa-sha2-512-cert-v01@openssh.com',
      'RSA with SHA-2; the size of the key is not in KEXINIT',
      'FIPS 186-5, section 5.4; RFC 8332',
    ),
  ],
}

/** As the FIPS policy of RHEL and Fedora writes it for sshd: no CBC, no groups 15 and 17, no truncated or bare AEAD names. */
export const rhelSsh: Readonly<Record<SshField, readonly ApprovedName[]>> = {
  kex: fipsSsh.kex.filter(({ name }) => !/group1[57]/.test(name)),
  cipher: fipsSsh.cipher.filter(({ name }) => /^aes(128|256)-(ctr|gcm@openssh\.com)$/.test(name)),
  mac: fipsSsh.mac.filter(({ name }) => !/-96$|^AEAD/.test(name)),
  hostkey: fipsSsh.hostkey,
}

const cnsa = (source: string) => ({
  kex: names(
    'ecdh-sha2-nistp384 diffie-hellman-group15-sha512 diffie-hellman-group16-sha512',
    'P-384 or MODP groups of at least 3072 bits',
    source,
  ),
  cipher: names('aes256-gcm@openssh.com AEAD_AES_256_GCM', 'AES-256-GCM', source),
  mac: names('AEAD_AES_256_GCM', 'AES-256-GCM authenticates by itself', source),
  hostkey: names('ecdsa-sha2-nistp384 rsa-sha2-512', 'ECDSA on P-384, RSA of at least 3072 bits', source),
})

/** CNSA Suite for SSH. */
export const cnsaSsh: Readonly<Record<SshField, readonly ApprovedName[]>> = cnsa('RFC 9212, sections 4 and 5')
/**
 * CNSA 2.0 for SSH: its algorithms under the names that drafts give them. As in TLS it has ML-KEM-1024 alone: P-384 beside it, as in
 * mlkem1024nistp384-sha384, is none of its algorithms. NSA's own profile for SSH is a draft (draft-becker-cnsa2-ssh-profile).
 */
export const cnsa2Ssh: Readonly<Record<SshField, readonly ApprovedName[]>> = {
  ...cnsa('RFC 9212, section 5; CNSA 2.0 keeps AES-256'),
  kex: names('mlkem1024-sha384', 'ML-KEM-1024', 'draft-harrison-sshm-mlkem-01, section 3.2; FIPS 203'),
  hostkey: names('ssh-mldsa-87', 'ML-DSA-87', 'draft-sfluhrer-ssh-mldsa, Public Key Algorithms; FIPS 204'),
}
