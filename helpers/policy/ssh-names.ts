import type { SshField } from './profile-ssh.ts'
import { fips1403Tls, type TlsProfile } from './profiles.ts'

const words = (text: string): string[] => text.trim().split(/\s+/)

/**
 * Names of algorithms that SSH servers have offered: RFC 4253, 4344, 4345, 4432, 5656, 6187, 6668, 8268, 8332, 8709, 8731 and 9941, and those of vendors, which have an @
 * (RFC 4251, section 6; for OpenSSH its PROTOCOL). Whether one is approved is said by the profiles alone.
 */
const sshNames: Readonly<Record<SshField, readonly string[]>> = {
  kex: words(`
    diffie-hellman-group1-sha1 diffie-hellman-group14-sha1 diffie-hellman-group14-sha256 diffie-hellman-group16-sha512 diffie-hellman-group18-sha512
    diffie-hellman-group-exchange-sha1 diffie-hellman-group-exchange-sha256 rsa1024-sha1 rsa2048-sha256 ecdh-sha2-nistp256 ecdh-sha2-nistp384 ecdh-sha2-nistp521
    curve25519-sha256 curve25519-sha256@libssh.org curve448-sha512 sntrup761x25519-sha512 sntrup761x25519-sha512@openssh.com mlkem768x25519-sha256
    sntrup4591761x25519-sha512@tinyssh.org`),
  hostkey: words(`
    ssh-dss ssh-rsa rsa-sha2-256 rsa-sha2-512 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 ssh-ed25519 ssh-ed448
    ssh-dss-cert-v01@openssh.com ssh-rsa-cert-v01@openssh.com ssh-ed25519-cert-v01@openssh.com sk-ssh-ed25519@openssh.com
    sk-ssh-ed25519-cert-v01@openssh.com x509v3-ssh-dss x509v3-ssh-rsa pgp-sign-rsa pgp-sign-dss`),
  cipher: words(`
    none des-cbc 3des-cbc 3des-ctr blowfish-cbc blowfish-ctr twofish-cbc twofish128-cbc twofish192-cbc twofish256-cbc twofish128-ctr twofish256-ctr
    serpent128-cbc serpent192-cbc serpent256-cbc serpent256-ctr idea-cbc idea-ctr cast128-cbc cast128-ctr arcfour arcfour128 arcfour256
    aes128-ctr aes256-ctr aes256-cbc aes128-gcm@openssh.com aes256-gcm@openssh.com rijndael-cbc@lysator.liu.se chacha20-poly1305@openssh.com`),
  mac: words(`
    none hmac-md5 hmac-md5-96 hmac-md5-etm@openssh.com hmac-md5-96-etm@openssh.com hmac-sha1-96 hmac-sha1-96-etm@openssh.com hmac-ripemd160
    hmac-ripemd160@openssh.com hmac-ripemd160-etm@openssh.com hmac-sha2-256 hmac-sha2-512 umac-64@openssh.com umac-128@openssh.com
    umac-64-etm@openssh.com umac-128-etm@openssh.com`),
}

/** An algorithm by its kind and name. */
export type SshName = { field: SshField; name: string }

/** Algorithms that servers have offered and the profile does not approve. */
export const unapprovedSsh = (profile: TlsProfile = fips1403Tls): SshName[] =>
  (Object.keys(sshNames) as SshField[]).flatMap((field) => {
    const approved = new Set(profile.ssh[field].map(({ name }) => name))
    return sshNames[field].filter((name) => !approved.has(name)).map((name) => ({ field, name }))
  })
